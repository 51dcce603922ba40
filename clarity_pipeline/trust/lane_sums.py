"""What the loaded lanes of one business and UTC date add up to: the one reading that all statements are made from.

Called by `record`. It reads, and neither judges nor writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.warehouse.rows import named
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


def read_day(connection: "DuckDBPyConnection", *, business_id: str, date: date) -> DaySums:
    """Read it; two queries, about 10 ms over four full lanes."""
    day = {"business_id": business_id, "date": date}
    lanes = {row["slice"]: _lane(**row) for row in named(connection.execute(statement("trust/lane_sums"), day))}
    return DaySums(lanes, _urls_apart(connection, lanes, day))


def _lane(*, slice: str, rows_above: Sequence[str], **lane: Any) -> LaneSums:
    return LaneSums(slice_name=slice, rows_above=tuple(rows_above[:OFFENDERS_SHOWN]), **lane)


def _urls_apart(
    connection: "DuckDBPyConnection", lanes: Mapping[str, LaneSums], day: Mapping[str, object]
) -> dict[Pair, UrlsApart]:
    """Only of whole lanes by URL: what a cut took from one says nothing of the other."""
    whole = [name for name in DAILY_SLICES if name in lanes and lanes[name].tells_urls and not lanes[name].truncated]
    if REFERENCE not in whole or len(whole) == 1:
        return {}
    asked = {**day, "reference": REFERENCE, "slices": [name for name in whole if name != REFERENCE]}
    found = named(connection.execute(statement("trust/urls_apart"), asked))
    return {
        (row["slice"], row["other_slice"]): UrlsApart(row["sessions"], tuple(row["offenders"][:OFFENDERS_SHOWN])) for row in found
    }
