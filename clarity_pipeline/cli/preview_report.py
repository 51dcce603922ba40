"""How a preview of rules is shown: a row a verdict where they are few, a paragraph a rule where they are many."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import click

from clarity_pipeline.cli.output import print_paragraph, print_table
from clarity_pipeline.rules.evidence import Evidence, Outcome
from clarity_pipeline.trials.preview import Preview

FEW = 30
_SHOWN = 5
_WOULD: dict[Outcome, str] = {"fired": "fires", "not": "does not", "unknown": "unknown"}


def preview_document(one: Preview) -> dict[str, Any]:
    """One verdict of `rules preview --json`."""
    judgement, evaluation = one.judgement, one.judgement.evaluation
    return {
        "business": judgement.business_id,
        "rule": judgement.stored.rule.id,
        "date": judgement.date,
        "outcome": evaluation.outcome,
        "reason": evaluation.reason,
        "evidence": [leaf.model_dump(mode="json") for leaf in evaluation.evidence],
        "scope": judgement.scope,
        "entity": judgement.entity or None,
        "entity_name": judgement.entity_name,
        "muted": one.if_not_muted is not None,
        "if_not_muted": one.if_not_muted,
        "nearness": None if one.miss is None else round(one.miss.share, 4),
        "nearness_of": None if one.miss is None else one.miss.leaf.path,
    }


def print_preview(found: Sequence[Preview]) -> None:
    """For people; in the order given, which is that of interest."""
    if len(found) <= FEW:
        _print_few(found)
        return
    by_rule = sorted(found, key=lambda each: each.judgement.stored.rule.id)  # stable: the order within a rule stays
    for _, of_rule in groupby(by_rule, key=lambda each: each.judgement.stored.rule.id):
        _print_rule(list(of_rule))


def _print_few(found: Sequence[Preview]) -> None:
    rows = [
        {
            "business": each.judgement.business_id,
            "about": about(each),
            "rule": each.judgement.stored.rule.id,
            "date": each.judgement.date,
            "outcome": each.outcome,
            "near": None if each.miss is None else f"{each.miss.share:.0%}",
            "values": _values(each.judgement.evaluation.evidence),
            "reason": _reason(each),
        }
        for each in found
    ]
    columns = ("business", "about", "rule", "date", "outcome", "near", "values", "reason")
    shown = [name for name in columns if name != "about" or any(row["about"] for row in rows)]
    empty = "Nothing to judge: import rules and connect a business first."
    print_table(rows, columns=shown, spare=("date", "reason", "near"), wrapped="values", empty=empty)


def _print_rule(found: Sequence[Preview]) -> None:
    rule = found[0].judgement.stored.rule
    counts = Counter(each.outcome for each in found)
    muted = sum(each.if_not_muted is not None for each in found)
    click.secho(f"{rule.id}  {rule.name}", bold=True)
    click.echo(
        f"  {counts['fired']} fire, {counts['not']} do not, {counts['unknown']} unknown" + f" ({muted} muted)" * bool(muted)
    )
    fired = [each for each in found if each.outcome == "fired"]
    near = [each for each in found if each.outcome == "not" and each.miss is not None]
    _print_some("fires", fired, (f"{_whom(each)}: {_values(each.judgement.evaluation.evidence)}" for each in fired))
    said = (f"{_whom(each)}, {each.miss.share:.0%} of the way: {_value(each.miss.leaf)}" for each in near if each.miss)
    _print_some("nearest", near[:_SHOWN], said)
    for reason, times in Counter(_reason(each) for each in found if each.outcome == "unknown").most_common(_SHOWN):
        print_paragraph(f"unknown for {times}: {reason}", indent="  ", hanging="  ")


def _print_some(word: str, found: Sequence[Preview], lines: Iterable[str]) -> None:
    for line, _ in zip(lines, found[:_SHOWN], strict=False):
        print_paragraph(f"{word}: {line}", indent="  ", hanging="  ")
    if len(found) > _SHOWN:
        click.echo(f"  ... and {len(found) - _SHOWN} more (--json, --rule or --business shows them)")


def about(one: Preview) -> str:
    """The page or entity, from strangers: nothing of it moves the cursor."""
    judgement = one.judgement
    return printable(judgement.entity_name or judgement.entity)


def printable(text: str) -> str:
    """The text with what a terminal would obey made blank."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _whom(one: Preview) -> str:
    return f"{one.judgement.business_id} {about(one)}".rstrip()


def _reason(one: Preview) -> str | None:
    reason = one.judgement.evaluation.reason
    if one.if_not_muted is None:
        return reason
    return f"{reason} (else it {_WOULD[one.if_not_muted]})"


def _values(evidence: Iterable[Evidence]) -> str:
    return ", ".join(_value(leaf) for leaf in evidence)


def _value(leaf: Evidence) -> str:
    if leaf.said:
        return f"{leaf.metric} {printable(leaf.said)}"
    value, threshold = ("-" if each is None else format(each, ".4g") for each in (leaf.value, leaf.threshold))
    return f"{leaf.metric} {value} ({leaf.operator} {threshold})"
