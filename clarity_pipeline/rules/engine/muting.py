"""Which leaves have no answer on a day although numbers may be there: something happened to what Clarity counts, or nothing came.

Only leaves over Clarity's numbers are muted, never a rule: what an ad platform says stays true whatever happens to the tag, how
the connection is needs none of Clarity's numbers, and the three values decide what becomes of the rule. Pure; the live run,
preview and backtest mute alike, since what mutes is part of what is known of a business.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from clarity_pipeline.rules.engine.clocks import CLARITYS
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.kinds import LEAF_KINDS, asks_metric, tests_signal
from clarity_pipeline.rules.language.metric import SESSIONS, Family, metric_of
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.trust.regime import Event

MUTED = "muted while this lasts"
"""How the note of a muted leaf begins."""


class ClarityLeaf(NamedTuple):
    """A leaf over Clarity's numbers: itself, its place among the rule's leaves, and what it asks."""

    leaf: Any
    place: int
    compares: bool
    asks: str
    family: Family


def clarity_leaves(rule: Rule) -> list[ClarityLeaf]:
    """The leaves of a rule that can be muted."""
    return list(_clarity_leaves(rule))


def muted(asked: Sequence[ClarityLeaf], known: Known, day: date) -> dict[int, str]:
    """Why each muted leaf has no answer on the day, by its place.

    What happens in some countries alone is for `countries` to say.
    """
    if not known.events and known.outage is None:
        return {}
    events = [event for event in known.events if event.holds_on(day) and not event.countries]
    found = {leaf.place: "; ".join(_why(leaf, events, known, day)) for leaf in asked}
    return {place: f"{MUTED}: {why}" for place, why in found.items() if why}


def _why(leaf: ClarityLeaf, events: Sequence[Event], known: Known, day: date) -> Iterator[str]:
    for event in events:
        if _mutes(event, leaf):
            yield f"{event.kind} since {event.started_on}: {event.evidence}"
    outage = known.outage
    if outage is not None and day >= outage.since:
        place = known.site if leaf.family == "site" else known.business
        if known.days(place, day).version(day) is None:
            yield f"{outage.said} and {day} has no data"


def _mutes(event: Event, leaf: ClarityLeaf) -> bool:
    """A first day has nothing to compare with, the rest of it counts; the sessions should notice that they are gone."""
    if event.kind == "new_connection":
        return leaf.compares
    return not (event.kind == "tracking_gap" and leaf.asks == SESSIONS)


def _clarity_leaves(rule: Rule) -> Iterator[ClarityLeaf]:
    for place, (_, kind, leaf) in enumerate(leaves(rule.when)):
        asks = _asks(leaf)
        if asks is not None:
            yield ClarityLeaf(leaf, place, LEAF_KINDS[kind].compares, *asks)


def _asks(leaf: Any) -> tuple[str, Family] | None:
    """What a leaf reads of Clarity's numbers."""
    if signal := tests_signal(leaf):
        return signal, "business"
    metric = asks_metric(leaf)
    if metric is None:
        return None
    family = metric_of(metric).family
    return (metric, family) if family in CLARITYS else None
