"""What the loaded lanes of a business and UTC date add up to: the one reading that all statements are made from.

Called by `record`. It reads, and neither judges nor writes. Of a lane whose rows are known (`row_sums`) it reads only which
answer it has; where one of the date's lanes is not known, all are read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.trust.row_sums import RowSums
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REFERENCE = "url_device"
"""The lane that the others are held against: `business_day` and the rules read it."""

OFFENDERS_SHOWN = 20
"""Enough to look a few up."""


@dataclass(frozen=True, slots=True)
class LaneSums:
    """One loaded lane. Sums are None where the metric is missing; times are milliseconds over `timed_sessions` visits.

    `sessions` of a lane by URL are visits to pages: a session counts once in every URL that it saw. `pages_per_session` is only
    the totals'. `events` are sums by column, `users_above` the users beyond sessions and bots, `rows_above` hashes of such
    rows. A lane that `is_recovered` is the difference of two longer answers.
    """

    slice_name: str
    asked: str | None
    window_end: datetime
    loaded_at: datetime
    is_recovered: bool
    rows: int
    truncated: bool
    sessions: int | None
    bot_sessions: int | None
    events: Mapping[str, int | None]
    timed_sessions: int | None
    time_ms: int | None
    pages_per_session: float | None
    users_above: int | None
    rows_above: tuple[str, ...]
    coverage: float = 1.0

    @property
    def tells_urls(self) -> bool:
        """Whether it was asked for by URL, so that its sessions are visits to pages."""
        return self.slice_name != TOTALS.name and (self.asked is None or "url" in self.asked.split(","))

    @property
    def visits(self) -> int | None:
        """Its sessions; 0 for a date without any row."""
        return 0 if self.rows == 0 else self.sessions

    @property
    def all_events(self) -> int | None:
        """Those of every signal added; None where one is missing."""
        if self.rows == 0:
            return 0
        known = [events for events in self.events.values() if events is not None]
        return sum(known) if len(known) == len(self.events) else None

    @property
    def bot_share(self) -> float | None:
        """Bots among all its sessions, 0..1; None without any."""
        if self.sessions is None or self.bot_sessions is None or self.sessions + self.bot_sessions == 0:
            return None
        return self.bot_sessions / (self.sessions + self.bot_sessions)


@dataclass(frozen=True, slots=True)
class UrlsApart:
    """The URLs of one lane that another one lacks: the visits on them, and the hash of a tuple of each."""

    visits: int = 0
    hashes: tuple[str, ...] = ()


Pair = tuple[str, str]
"""A lane, and the one that lacks something."""


@dataclass(frozen=True, slots=True)
class DaySums:
    """A business and UTC date: its loaded lanes by slice, and their URLs that others lack, for pairs where there are any."""

    lanes: Mapping[str, LaneSums]
    apart: Mapping[Pair, UrlsApart]


BusinessDay = tuple[str, date]

_OF_ROWS = ("truncated", "sessions", "bot_sessions", "events", "timed_sessions", "time_ms", "pages_per_session", "users_above")


def known_day(connection: "DuckDBPyConnection", *, business_id: str, date: date, known: Mapping[str, RowSums]) -> DaySums | None:
    """The same as `read_days` of one business and date, out of what is known of its lanes' rows; None where that is not all."""
    loads = named(connection.execute(statement("trust/lanes_of_day"), {"business_id": business_id, "date": date}))
    if any(load["slice"] not in known for load in loads):
        return None
    lanes: dict[str, LaneSums] = {}
    for load in loads:
        rows = known[load["slice"]]
        sums = {name: getattr(rows, name) for name in _OF_ROWS}
        lanes[load["slice"]] = _lane(**load, **sums, rows_above=rows.rows_above)
    return DaySums(lanes, dict(_known_apart(known, _whole(lanes))))


def _known_apart(known: Mapping[str, RowSums], whole: Sequence[str]) -> Iterator[tuple[Pair, UrlsApart]]:
    for name in whole:
        for mine, theirs in ((name, REFERENCE), (REFERENCE, name)):
            lacked = [page for url, page in known[mine].pages.items() if url not in known[theirs].pages]
            if lacked:
                hashes = sorted(each for _, each in lacked)[:OFFENDERS_SHOWN]
                yield (mine, theirs), UrlsApart(sum(visits for visits, _ in lacked), tuple(hashes))


def read_days(connection: "DuckDBPyConnection", span: Span) -> dict[BusinessDay, DaySums]:
    """Each business and date of the span that has a loaded lane; two queries, about 10 ms over four full lanes."""
    lanes: dict[BusinessDay, dict[str, LaneSums]] = defaultdict(dict)
    for row in named(connection.execute(statement("trust/lane_sums"), span.parameters)):
        day = (row.pop("business_id"), row.pop("date"))
        lanes[day][row["slice"]] = _lane(**row)
    apart = _urls_apart(connection, lanes, span)
    return {day: DaySums(of_day, apart.get(day, {})) for day, of_day in lanes.items()}


def _lane(*, slice: str, rows_above: Sequence[str], **lane: Any) -> LaneSums:
    return LaneSums(slice_name=slice, rows_above=tuple(rows_above[:OFFENDERS_SHOWN]), **lane)


def _urls_apart(
    connection: "DuckDBPyConnection", lanes: Mapping[BusinessDay, Mapping[str, LaneSums]], span: Span
) -> dict[BusinessDay, dict[Pair, UrlsApart]]:
    """Only of whole lanes by URL: what a cut took from one says nothing of the other."""
    import pyarrow

    whole = [(*day, name) for day, of_day in lanes.items() for name in _whole(of_day)]
    if not whole:
        return {}
    names = ("business_id", "date", "slice")
    connection.register("whole", pyarrow.table([pyarrow.array(column) for column in zip(*whole, strict=True)], names=names))
    found: dict[BusinessDay, dict[Pair, UrlsApart]] = defaultdict(dict)
    for row in named(connection.execute(statement("trust/urls_apart"), {**span.parameters, "reference": REFERENCE})):
        apart = UrlsApart(row["sessions"], tuple(row["offenders"][:OFFENDERS_SHOWN]))
        found[row["business_id"], row["date"]][row["slice"], row["other_slice"]] = apart
    return found


def _whole(lanes: Mapping[str, LaneSums]) -> list[str]:
    """Those of a date that can be held against each other; none without the one that the others are held against."""
    whole = [name for name in DAILY_SLICES if name in lanes and lanes[name].tells_urls and not lanes[name].truncated]
    return whole if REFERENCE in whole and len(whole) > 1 else []
