"""Days of one place (a business, its whole site, a page, an ad entity) by index, so that any window is two look-ups a column.

Made by `judging.inputs` from what the warehouse reads. Pure. A `History` keeps every version of a day, since a late,
recovered or corrected day was another one, or none, on the morning after; `History.at` gives the `Days` as they were known then.
Sums are exact: integers, or integers of 2**-64, so that a window says what a sum of its own days would.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from math import isfinite
from types import MappingProxyType

from clarity_pipeline.normalize.ad_columns import AdColumn
from clarity_pipeline.rules.spike.baseline import Day, Flag

KNOWN_BY = time(10, tzinfo=UTC)
"""A day is judged at 10:00 of the day after at the latest: what came later was not known when people were told."""

_FRACTIONS = 1 << 64

Value = float | int | None

_NOTHING_DECLARED: Mapping[str, AdColumn] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AdRows:
    """Whence a day's numbers of an ad platform are: the currencies and time zones of its rows, "" where none was told.

    Of a sum over several campaigns, `told` has by column a bit for each row that has a number, and `level` says what was summed.
    """

    currencies: frozenset[str] = frozenset({""})
    time_zones: frozenset[str] = frozenset({""})
    told: tuple[int, ...] = ()
    level: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What one date was known to be from `known_from` on until `known_until`; `values` by the columns of its history.

    No row of a version that took another's place is a version without values. `ads` is told of an ad platform's days alone.
    `left_out` has by measure the sessions of tuples whose number cannot be or did not come; None where each tells of all.
    """

    date: date
    values: tuple[Value, ...] = ()
    quality: str = "aligned"
    truncated: bool = False
    covered_share: float | None = None
    known_from: datetime | None = None
    known_until: datetime | None = None
    ads: AdRows | None = None
    left_out: Mapping[str, int] | None = None


class Column:
    """Running sums of one column, and of the days that have a value."""

    __slots__ = ("days", "scale", "sums", "values")

    def __init__(self, values: Sequence[Value]) -> None:
        plain: list[Value] = [value if value is not None and isfinite(value) else None for value in values]
        whole = all(value is None or isinstance(value, int) for value in plain)
        self.values = plain
        self.scale = 1 if whole else _FRACTIONS
        self.sums = [0, *accumulate(0 if value is None else int(value * self.scale) for value in plain)]
        self.days = [0, *accumulate(value is not None for value in plain)]


class Days:
    """Consecutive dates from `first` on; `start` and `stop` are indices, whatever lies outside is a day without data."""

    __slots__ = ("_columns", "_left_out", "_places", "declared", "first", "length", "marks", "present", "tested", "versions")

    def __init__(
        self, names: Sequence[str], versions: Mapping[date, Version], declared: Mapping[str, AdColumn] = _NOTHING_DECLARED
    ) -> None:
        has_data = {day: version for day, version in versions.items() if any(value is not None for value in version.values)}
        self.first = min(has_data, default=date.min)
        self.length = (max(has_data) - self.first).days + 1 if has_data else 0
        found: list[Version | None] = [None] * self.length
        for day, version in has_data.items():
            found[(day - self.first).days] = version
        self.versions = found
        self.declared = declared
        self._places = {name: place for place, name in enumerate(names)}
        self._columns: dict[str, Column] = {}
        self._left_out: dict[str, list[int]] | None = None
        self.present = [0, *accumulate(version is not None for version in found)]
        self.tested: dict[str, list[Day | None]] = {}  # a signal's days, kept by `signal_tests`
        self.marks = {mark: [0, *accumulate(_is(version, mark) for version in found)] for mark in _MARKS}

    def column(self, name: str) -> Column | None:
        """Added up when it is first asked for; None for one that this place does not have."""
        found = self._columns.get(name)
        if found is None and (place := self._places.get(name)) is not None:
            values = [None if version is None else version.values[place] for version in self.versions]
            found = self._columns[name] = Column(values)
        return found

    def left_out(self, measure: str) -> list[int] | None:
        """Running sums of the sessions that a measure does not tell of; None where it tells of all, as it nearly always does."""
        if self._left_out is None:
            parts = [version.left_out or {} if version else {} for version in self.versions]
            measures = {name for part in parts for name in part}
            self._left_out = {name: [0, *accumulate(part.get(name, 0) for part in parts)] for name in measures}
        return self._left_out.get(measure)

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        return tuple(self._places)

    def place(self, name: str) -> int | None:
        """Where a version's values hold a column; None for one that this place does not have."""
        return self._places.get(name)

    def span(self, from_date: date, to_date: date) -> tuple[int, int]:
        """The indices of the days between two dates, both included; the first one of nothing is its end."""
        start = (from_date - self.first).days
        stop = (to_date - self.first).days + 1
        start = 0 if start < 0 else min(start, self.length)
        return start, max(start, min(stop, self.length))

    def version(self, day: date) -> Version | None:
        """The day itself; None without data."""
        place = (day - self.first).days
        return self.versions[place] if 0 <= place < self.length else None

    @property
    def last(self) -> date:
        """The last day with data; meaningless where there is none."""
        return self.first + timedelta(days=self.length - 1)


class History:
    """All versions of all days of one place."""

    __slots__ = ("_bounds", "_last", "_names", "_versions", "declared")

    def __init__(
        self, names: Sequence[str], versions: Iterable[Version], declared: Mapping[str, AdColumn] = _NOTHING_DECLARED
    ) -> None:
        self.declared = dict(declared)  # a plain one travels to another process
        self._names = tuple(names)
        by_date: dict[date, list[Version]] = {}
        for version in versions:
            by_date.setdefault(version.date, []).append(version)
        self._versions = {day: sorted(known, key=_known_from) for day, known in by_date.items()}
        self._bounds = sorted({bound for known in self._versions.values() for bound in _turns(known)})
        self._last: tuple[int | None, Days] | None = None

    def dates(self) -> set[date]:
        """Those of which anything is known at present."""
        days = self.now()
        return {version.date for version in days.versions if version is not None}

    def now(self) -> Days:
        """The days as they are known at present."""
        return self._days(None)

    def at(self, as_of: date) -> Days:
        """The days as they were known on the morning after `as_of`; days behind it are not to be looked at."""
        return self._days(bisect_right(self._bounds, as_of))

    def _days(self, place: int | None) -> Days:
        if place == len(self._bounds):
            place = None
        if self._last is None or self._last[0] != place:
            if place is None:
                chosen = {day: known[-1] for day, known in self._versions.items() if known[-1].known_until is None}
            else:
                as_of = self._bounds[place] - timedelta(days=1)
                known_then = ((day, _known(known, max(day, as_of))) for day, known in self._versions.items())
                chosen = {day: version for day, version in known_then if version is not None}
            self._last = (place, Days(self._names, chosen, self.declared))
        return self._last[1]


_MARKS = ("recovered", "shifted", "truncated")


def _is(version: Version | None, mark: str) -> bool:
    return version is not None and (version.truncated if mark == "truncated" else version.quality == mark)


def flags_of(version: Version) -> frozenset[Flag]:
    """Why a day is not comparable by itself."""
    quality: tuple[Flag, ...] = ("recovered", "shifted")
    found = {flag for flag in quality if flag == version.quality}
    return frozenset({*found, "truncated"} if version.truncated else found)


def seen_from(instant: datetime) -> date:
    """The first date whose morning after knows of what was learnt at `instant`."""
    day = instant.astimezone(UTC).date() - timedelta(days=1)
    return day if instant <= datetime.combine(day + timedelta(days=1), KNOWN_BY) else day + timedelta(days=1)


def _known_from(version: Version) -> datetime:
    return version.known_from or datetime.min.replace(tzinfo=UTC)


def _known(versions: Sequence[Version], as_of: date) -> Version | None:
    """The version that the morning after `as_of` knows."""
    for version in reversed(versions):
        if version.known_from is None or seen_from(version.known_from) <= as_of:
            is_gone = version.known_until is not None and seen_from(version.known_until) <= as_of
            return None if is_gone else version
    return None


def _turns(versions: Sequence[Version]) -> set[date]:
    """The dates from which on another version of a day is known than on its own morning after."""
    if len(versions) == 1 and versions[0].known_until is None:
        known_from = versions[0].known_from
        if known_from is None or seen_from(known_from) <= versions[0].date:
            return set()
    instants = {each for version in versions for each in (version.known_from, version.known_until) if each is not None}
    return {turn for turn in map(seen_from, instants) if turn > versions[0].date}
