"""How a preview of rules is shown: a row a verdict where they are few, a paragraph a rule where they are many."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import click

from clarity_pipeline.cli.output import print_paragraph, print_table
from clarity_pipeline.rules.backtest.backtest import kind_of
from clarity_pipeline.rules.backtest.preview import Preview
from clarity_pipeline.rules.backtest.unasked import Unasked
from clarity_pipeline.rules.engine.evidence import Evidence, Outcome

FEW = 30
_SHOWN, _NEAREST = 5, 3
_ELSE: dict[Outcome, str] = {"fired": "it would fire", "not": "it would not fire", "unknown": "it would be unknown too"}


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
        _print_caveats(found)
        return
    by_rule = sorted(found, key=lambda each: each.judgement.stored.rule.id)  # stable: the order within a rule stays
    for _, of_rule in groupby(by_rule, key=lambda each: each.judgement.stored.rule.id):
        _print_rule(list(of_rule))
    _print_caveats(found)


def print_unasked(found: Iterable[Unasked], *, err: bool) -> None:
    """Why rules have nobody to be asked about, a line a reason."""
    rules: dict[str, list[str]] = defaultdict(list)
    for each in found:
        rules[each.reason].append(each.rule_id)
    for reason, those in rules.items():
        others = f" and {len(those) - _NEAREST} more" if len(those) > _NEAREST else ""
        click.echo(f"{', '.join(those[:_NEAREST])}{others}: nobody to ask: {reason}.", err=err)


def _print_caveats(found: Sequence[Preview]) -> None:
    """What to know of the dates of known verdicts, each once with those that it concerns."""
    whom: dict[str, list[str]] = defaultdict(list)
    for each in found:
        for caveat in dict.fromkeys(leaf.caveat for leaf in each.judgement.evaluation.evidence if leaf.caveat):
            whom[caveat].append(f"{each.judgement.stored.rule.id} on {_whom(each)}")
    for caveat, those in whom.items():
        others = f" and {len(those) - 1} more" if len(those) > 1 else ""
        print_paragraph(f"{those[0]}{others}: {caveat}.", indent="", hanging="  ")


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
    near = [each for each in found if each.outcome == "not" and each.miss is not None and each.miss.leaf.kind != "connection"]
    for each in fired[:_SHOWN]:
        _say(f"fires: {_whom(each)}: {_values(each.judgement.evaluation.evidence)}")
    if len(fired) > _SHOWN:
        click.echo(f"  ... and {len(fired) - _SHOWN} more fire (--json, --rule or --business shows them)")
    for each in near[:_NEAREST]:
        if each.miss is not None:
            _say(f"nearest: {_whom(each)}, {each.miss.share:.0%} of the way: {_value(each.miss.leaf)}")
    _print_unknown([each for each in found if each.outcome == "unknown"])


def _print_unknown(unknown: Sequence[Preview]) -> None:
    """By kind of reason, each with one of them in its own words."""
    kinds: dict[str, list[Preview]] = defaultdict(list)
    for each in unknown:
        kinds[kind_of(_reason(each) or "")].append(each)
    for alike in sorted(kinds.values(), key=len, reverse=True)[:_SHOWN]:
        others = f" and {len(alike) - 1} more" if len(alike) > 1 else ""
        _say(f"unknown: {_whom(alike[0])}{others}: {_reason(alike[0])}")


def _say(line: str) -> None:
    print_paragraph(line, indent="  ", hanging="  ")


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
    return f"{reason} (else {_ELSE[one.if_not_muted]})"


def _values(evidence: Iterable[Evidence]) -> str:
    return ", ".join(_value(leaf) for leaf in evidence)


def _value(leaf: Evidence) -> str:
    if leaf.said:
        return f"{leaf.metric} {printable(leaf.said)}"
    if leaf.kind == "connection":
        return "the connection is not so"
    value, threshold = ("-" if each is None else leaf.say(each) for each in (leaf.value, leaf.threshold))
    return f"{leaf.metric} {value} ({leaf.operator} {threshold})"
