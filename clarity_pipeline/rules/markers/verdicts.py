"""What became of each marked change: the days after it against the four weeks before, by signal. For `markers check`.

The test is `rules.spike.change_point`; here are only its days. All signals are asked at once, so each has its part of alpha:
a change that changed nothing is called worse or better, in any of them and at any time, once in a hundred.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.measures import SIGNAL
from clarity_pipeline.rules.markers.markers import Marker
from clarity_pipeline.rules.spike.baseline import Day, Flag
from clarity_pipeline.rules.spike.change_point import DEFAULT, ChangeVerdict, change_since, explain_change
from clarity_pipeline.trust.country_regime import TOLERANCE
from clarity_pipeline.trust.regime import Event
from clarity_pipeline.warehouse import regime
from clarity_pipeline.warehouse.marked_days import marked_days
from clarity_pipeline.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SETTINGS = replace(DEFAULT, alpha=DEFAULT.alpha / len(SIGNAL))


@dataclass(frozen=True, slots=True)
class Checked:
    """A marker and what is known of it by signal. `besides` are other changes of that page or site that the days hold too."""

    marker: Marker
    verdicts: Mapping[str, ChangeVerdict]
    besides: tuple[Marker, ...]


def check_changes(warehouse: Warehouse, *, business_id: str, markers: Sequence[Marker], until: date) -> list[Checked]:
    """Every one of a business's `markers`, in their order, by its days up to `until`; without any nothing is opened."""
    if not markers:
        return []
    with warehouse.connect(what=f"checking changes of {business_id}") as rows:
        days = _Days(rows, business_id=business_id, markers=markers, until=until)
    return [
        Checked(
            each,
            {name: change_since(each.changed_on, days.of(each.url, name), as_of=until, settings=SETTINGS) for name in SIGNAL},
            tuple(other for other in markers if other != each and _disturbs(other, each)),
        )
        for each in markers
    ]


def say(signal: str, verdict: ChangeVerdict) -> str:
    """One line for a person."""
    return f"visits with {SIGNAL[signal].said_of_visits}: {explain_change(verdict)}"


def _disturbs(other: Marker, marker: Marker) -> bool:
    is_about_it = other.url is None or marker.url is None or other.url == marker.url
    away = (other.changed_on - marker.changed_on).days
    return is_about_it and -SETTINGS.baseline_days <= away <= max(SETTINGS.looks)


class _Days:
    """The days around all markers of a business, read once."""

    def __init__(self, rows: "DuckDBPyConnection", *, business_id: str, markers: Sequence[Marker], until: date) -> None:
        first = min(each.changed_on for each in markers) - timedelta(days=SETTINGS.baseline_days)
        urls = sorted({each.url for each in markers if each.url is not None})
        self._rows: dict[str | None, list[dict[str, Any]]] = defaultdict(list)
        events = regime.events(rows, [business_id])
        self._events = [Event(**{name: value for name, value in row.items() if name != "business_id"}) for row in events]
        for row in marked_days(rows, business_id=business_id, urls=urls, from_date=first, to_date=until):
            self._rows[row["url"]].append(row)

    def of(self, url: str | None, signal: str) -> Iterator[Day]:
        """The days of a page or of the site on which the signal is known."""
        for row in self._rows[url]:
            if row[signal] is not None:
                count = min(row[signal], row["sessions"])
                yield Day(date=row["date"], sessions=row["sessions"], signal_sessions=count, flags=self._flags(row))

    def _flags(self, row: Mapping[str, Any]) -> frozenset[Flag]:
        flags: dict[Flag, bool] = {
            "recovered": row["quality"] == "recovered",
            "shifted": row["quality"] == "shifted",
            "truncated": row["truncated"],
            "regime_change": self._is_in_an_event(row["date"]),
        }
        return frozenset(name for name, holds in flags.items() if holds)

    def _is_in_an_event(self, day: date) -> bool:
        return any(each.holds_on(day) and each.share > TOLERANCE for each in self._events)
