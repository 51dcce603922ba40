"""What a rule says of a day, leaf by leaf, in words: the preview of the builder, and why a stored rule fired or did not. Pure.

Names of pages and entities come from strangers, and are escaped by the template like all else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from clarity_pipeline.panel.views.plain_words import in_words
from clarity_pipeline.panel.views.wording import NOTHING, day, number, plural, short_day
from clarity_pipeline.rules.backtest.preview import Preview
from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence, Outcome
from clarity_pipeline.rules.engine.nearness import Miss
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.metric import counted_in
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.sentence import OPERATORS, about_leaf

SHOWN = 5
"""Subjects whose leaves are shown at once."""

TONES: Mapping[Outcome, str] = MappingProxyType({"fired": "bad", "not": "good", "unknown": "off"})
_LABELS: Mapping[Outcome, str] = MappingProxyType({"fired": "Fires", "not": "Does not fire", "unknown": "No answer"})
_ELSE: Mapping[Outcome, str] = MappingProxyType(
    {"fired": "it would fire", "not": "it would not fire", "unknown": "there would be no answer either"}
)


@dataclass(frozen=True, slots=True)
class LeafSaid:
    """One leaf on one day: what it asks in words, and what it saw; numbers are text, a dash where there is none."""

    asks: str
    says: str
    tone: str
    value: str
    expected: str
    limit: str
    visits: str
    visits_are: str
    days: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """What the rule says of one subject; `about` is a page or an entity, empty for the whole business."""

    about: str
    label: str
    tone: str
    words: str
    leaves: tuple[LeafSaid, ...]
    quality: str


def said_of(one: Preview) -> Said:
    """A verdict of a preview."""
    judgement = one.judgement
    about = judgement.entity_name or judgement.entity
    return said(
        judgement.stored.rule,
        judgement.evaluation,
        day=judgement.date,
        about=about,
        miss=one.miss,
        if_not_muted=one.if_not_muted,
    )


def said(
    rule: Rule,
    evaluation: Evaluation,
    *,
    day: date,
    about: str = "",
    miss: Miss | None = None,
    if_not_muted: Outcome | None = None,
) -> Said:
    """An answer of the engine."""
    asked = {path: about_leaf(kind, leaf) for path, kind, leaf in leaves(rule.when)}
    return Said(
        about=about,
        label=_LABELS[evaluation.outcome],
        tone=TONES[evaluation.outcome],
        words=_words(rule, evaluation, day, miss, if_not_muted),
        leaves=tuple(_leaf(asked.get(each.path, each.metric), each) for each in evaluation.evidence),
        quality=_quality(evaluation),
    )


def summary(found: Sequence[Preview]) -> str:
    """All subjects in numbers, where there are several."""
    counts = {outcome: sum(each.outcome == outcome for each in found) for outcome in _LABELS}
    told = [f"{counts[outcome]} {words}" for outcome, words in _COUNTED.items() if counts[outcome]]
    return f"Of {len(found)}: {', '.join(told)}." if len(found) > 1 else ""


_COUNTED: Mapping[Outcome, str] = MappingProxyType({"fired": "fire", "not": "do not", "unknown": "without an answer"})


def _words(rule: Rule, evaluation: Evaluation, on: date, miss: Miss | None, if_not_muted: Outcome | None) -> str:
    if evaluation.outcome == "fired":
        held = "" if rule.for_days == 1 else f", and is told once it has for {rule.for_days} days in a row"
        return f"It holds on {day(on)}{held}."
    if evaluation.outcome == "unknown":
        plain = f"{in_words(evaluation.reason or 'nothing is known').rstrip('.')}."
        otherwise = f" Without that, {_ELSE[if_not_muted]}." if if_not_muted else ""
        return f"{plain[:1].upper()}{plain[1:]}{otherwise}"
    if miss is None or miss.leaf.kind == "connection":
        return f"It does not hold on {day(on)}."
    return (
        f"It does not hold on {day(on)}: {min(miss.share, 0.999):.0%} of the way there."
        if miss.share
        else (f"It does not hold on {day(on)}, and is far from it.")
    )


def _leaf(asks: str, leaf: Evidence) -> LeafSaid:
    is_known = leaf.verdict is not None
    is_connection = leaf.kind == "connection"
    family = leaf.asked.family
    note = in_words(leaf.note or leaf.said or leaf.caveat)
    return LeafSaid(
        asks=f"{asks[:1].upper()}{asks[1:]}",
        says=("Yes" if leaf.verdict else "No") if is_known else "Not known",
        tone=("bad" if leaf.verdict else "good") if is_known else "off",
        value=_number(leaf, None if is_connection else leaf.value),
        expected=_number(leaf, leaf.normal),
        limit=NOTHING if is_connection or leaf.threshold is None else f"{OPERATORS[leaf.operator]} {leaf.say(leaf.threshold)}",
        visits=number(leaf.sessions),
        visits_are=counted_in(family),
        days=_days(leaf),
        note=f"{note.rstrip('.')}." if note else None,
    )


def _number(leaf: Evidence, value: float | None) -> str:
    return NOTHING if value is None else leaf.say(value)


def _days(leaf: Evidence) -> str:
    length = (leaf.to_date - leaf.from_date).days + 1
    span = short_day(leaf.to_date) if length == 1 else f"{short_day(leaf.from_date)} to {short_day(leaf.to_date)}"
    return f"{span}, {leaf.days_with_data} of {plural(length, 'day')} with data"


def _quality(evaluation: Evaluation) -> str:
    """What the data of all windows are like; empty where nothing of Clarity's was asked."""
    quality = evaluation.quality
    if quality is None:
        return ""
    length = (quality.to_date - quality.from_date).days + 1
    not_plain = {"recovered": quality.recovered, "fetched late": quality.shifted, "cut at 1,000 rows": quality.truncated}
    odd = [f"{count} {words}" for words, count in not_plain.items() if count]
    share = "" if quality.covered_share is None else f"; a cut day tells at least {quality.covered_share:.0%} of the visits"
    told = f"{quality.days_with_data} of {plural(length, 'day')} have data"
    return f"{told}{', of these ' + ', '.join(odd) if odd else ''}{share}."
