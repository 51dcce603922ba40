"""What a leaf can say while the visits from some countries count anew: of the rest of the site, of all, or nothing. Pure.

Asked by `evaluate` for every view, and by `comparable`. A number is moved by no more than the part of its days' visits that
count anew. Up to `TOLERANCE` a leaf goes on as if nothing was. Beyond it, what can do without those countries is asked of the
rest, by the lane that has countries; a count against a limit, the whole site's own numbers and a single page cannot, and say so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from clarity_pipeline.rules.engine.known import View
from clarity_pipeline.rules.engine.muting import ClarityLeaf
from clarity_pipeline.rules.language.leaves import Change, SinceChange, Spike, Threshold
from clarity_pipeline.rules.language.metric import Family, metric_of
from clarity_pipeline.trust.country_regime import TOLERANCE, counts_anew, part_of
from clarity_pipeline.trust.regime import Event


@dataclass(frozen=True, slots=True)
class Apart:
    """Why a leaf is not asked about all visits, and the view that it is asked of instead; None where it cannot be asked."""

    why: str
    rest: View | None


def apart(asked: Sequence[ClarityLeaf], view: View) -> dict[int, Apart]:
    """The leaves that are not asked about all visits, by place."""
    events = [event for event in view.known.events if event.countries and event.started_on <= view.as_of]
    if not events:
        return {}
    found = {leaf.place: _apart(leaf, view, events) for leaf in asked}
    return {place: each for place, each in found.items() if each is not None}


def events_of(view: View, family: Family) -> list[Event]:
    """The events that keep days of a place from being compared: of the whole site, and of countries that matter there."""
    return [each for each in view.known.events if not each.countries or _share(each, view, family) > TOLERANCE]


def _apart(leaf: ClarityLeaf, view: View, events: Iterable[Event]) -> Apart | None:
    family = _family(leaf, view)
    moved = [(event, _moved(event, leaf, view.as_of) * _share(event, view, family)) for event in events]
    if sum(share for _, share in moved) <= TOLERANCE:
        return None
    of = "page" if family == "page" else "site"
    why = "; ".join(
        counts_anew(event, view.as_of, share=_share(event, view, family), of=of) for event, share in moved if share > 0
    )
    known = view.known
    if family != "business" or not _does_without(leaf, view) or known.rest is None:
        return Apart(why, None)
    left = [each for each in known.events if not set(each.countries) & set(known.left_out)]
    rest = replace(view, known=replace(known, business=known.rest, events=left, mix=None))
    return Apart(why, rest if rest.days("business").version(view.as_of) is not None else None)


def _family(leaf: ClarityLeaf, view: View) -> Family:
    """What the leaf is asked about: a test of a signal about the page, where the rule is about pages."""
    if isinstance(leaf.leaf, Spike | SinceChange):
        return "page" if view.entity else "business"
    return leaf.family


def _does_without(leaf: ClarityLeaf, view: View) -> bool:
    """A count of the rest is not that of the site, and a marked page has no rest; whatever compares or divides has."""
    if isinstance(leaf.leaf, SinceChange):
        return all(change.url is None for change in view.changes())
    return not (isinstance(leaf.leaf, Threshold) and metric_of(leaf.asks).kind == "count")


def _share(event: Event, view: View, family: Family) -> float:
    if family == "page" and view.page is not None:
        return view.known.page_shares.get(view.page, event.share)
    return event.share


def _moved(event: Event, leaf: ClarityLeaf, as_of: date) -> float:
    """How much of the leaf's days is not counted as the days that it is held against, 0 to 1."""
    asked = leaf.leaf
    if isinstance(asked, Change):
        now, before = _days_of(asked, as_of)
        return abs(part_of(event, now, goes_on=True) - part_of(event, before, goes_on=True))
    if isinstance(asked, Threshold):
        is_normal = event.became_normal and event.ended_on is not None and event.ended_on < as_of
        return 0.0 if is_normal else part_of(event, [*_back(as_of, asked.window_days)])
    return 1.0 if event.holds_on(as_of) else 0.0  # a test leaves such days out of what it compares with


def _days_of(leaf: Change, as_of: date) -> tuple[list[date], list[date]]:
    """Those of its window, and those of its baseline."""
    now = [*_back(as_of, leaf.window_days)]
    if leaf.against == "same_weekdays":
        return now, [day - timedelta(days=7 * week) for week in range(1, leaf.weeks_before + 1) for day in now]
    return now, [*_back(as_of - timedelta(days=leaf.window_days), leaf.days_before)]


def _back(last: date, days: int) -> Iterator[date]:
    return (last - timedelta(days=number) for number in range(days))
