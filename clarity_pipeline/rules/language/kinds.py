"""The kinds of leaf a condition may have: one entry each, from which the tree, the engine, the needs and the reference are made.

What a kind says is its model (`leaves`); what is asked of it on a day is a function of the engine, which is named here because
the language stands below the engine and knows nothing of days. A leaf with a field `metric` asks that metric, one with a field
`signal` tests that signal; so no other module asks a leaf for its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Any

from clarity_pipeline.rules.language.ends import CALM_DAYS, MOST_CALM_DAYS, calm_days
from clarity_pipeline.rules.language.leaves import Change, Connection, Part, SinceChange, Spike, Threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafKind:
    """One kind. `decided_by` is a function of `rules.engine`, as `module.function`: a leaf and a view give what is seen."""

    model: type[Part]
    decided_by: str
    reach: Callable[[Any], int] = lambda _: 0
    """Days before the evaluated one that it makes use of."""
    needs_days: Callable[[Any], int] = lambda _: 0
    """Days with data without which it has no answer."""
    reads_pages: Callable[[str], bool] = lambda _: False
    """Whether it reads single pages, by the scope of its rule, whatever its metric."""
    compares: bool = False
    """Whether it compares days with others, so that a first day has no answer."""
    needs_markers: bool = False
    calm_days: Callable[[Any], int] = lambda _: CALM_DAYS
    """Days with an answer, in a row, on which it must be clearly back before an alert of it is over."""
    blind_to: str = "a limit does not know what is normal here, and other visitors (a new campaign, a holiday) move it too"
    """What every alert of it may be wrong about, for the message."""


def asks_metric(leaf: Any) -> str | None:
    """The metric that a leaf asks; None for one that asks none."""
    return getattr(leaf, "metric", None)


def tests_signal(leaf: Any) -> str | None:
    """The signal that a leaf tests; None for one that tests none."""
    return getattr(leaf, "signal", None)


def _share(share: float, days: int) -> int:
    return max(1, ceil(share * days - 1e-9))


def _days_of_change(leaf: Change) -> int:
    window = _share(leaf.min_coverage, leaf.window_days)
    if leaf.against == "same_weekdays":
        return 7 * _share(leaf.min_coverage, leaf.weeks_before) + window
    return _share(leaf.min_coverage, leaf.days_before) + window


def _days_of_spike(leaf: Spike) -> int:
    """The days to compare with end before the longest window begins, however short the one is that answers."""
    return leaf.settings.least_baseline_days + leaf.settings.windows[-1]


def _days_of_since_change(leaf: SinceChange) -> int:
    return leaf.settings.least_baseline_days + 1


LEAF_KINDS: Mapping[str, LeafKind] = MappingProxyType(
    {
        "threshold": LeafKind(
            model=Threshold,
            decided_by="comparisons.threshold",
            reach=lambda leaf: leaf.window_days,
            needs_days=lambda leaf: _share(leaf.min_coverage, leaf.window_days),
            calm_days=lambda _: MOST_CALM_DAYS,
        ),
        "change": LeafKind(
            model=Change,
            decided_by="comparisons.change",
            reach=lambda leaf: (
                leaf.window_days + (7 * leaf.weeks_before if leaf.against == "same_weekdays" else leaf.days_before)
            ),
            needs_days=_days_of_change,
            calm_days=lambda leaf: calm_days(leaf.window_days),
            compares=True,
            blind_to="other visitors (a new campaign, a holiday) move it with nothing broken",
        ),
        "spike": LeafKind(
            model=Spike,
            decided_by="signal_tests.spike",
            reach=lambda leaf: leaf.settings.days_before,
            needs_days=_days_of_spike,
            reads_pages=lambda scope: scope != "business",
            compares=True,
            blind_to="a page that was changed on purpose, or a campaign that brings other visitors, looks the same",
        ),
        "since_change": LeafKind(
            model=SinceChange,
            decided_by="signal_tests.since_change",
            reach=lambda leaf: leaf.within_days + leaf.settings.baseline_days + 1,
            needs_days=_days_of_since_change,
            reads_pages=lambda _: True,
            compares=True,
            needs_markers=True,
            blind_to="whatever else changed on that day looks the same",
        ),
        "connection": LeafKind(model=Connection, decided_by="connection_leaf.connection", calm_days=lambda _: 1, blind_to=""),
    }
)
"""By the word that stands in a rule."""
