"""What the rows of one lane add up to, told from the rows themselves while its load has them at hand. Called by `day.load`; pure.

Reading four lanes out of the warehouse each time that one of them is loaded was a tenth of what a business-day takes, nearly all
of it DuckDB planning the same statements again. What is known here lasts as long as the file is held (`KeptOpen`), so that no
other process can have written to it; where it is not known, `lane_sums` reads, and a test holds the one against the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.dimensions import TOTALS
from clarity_pipeline.clarity.measures import MEASURES, SIGNALS
from clarity_pipeline.normalize.spellings import FOLDED, is_template

if TYPE_CHECKING:
    import pyarrow

_BROKEN_ADDRESS = ("undefined", "null", "object", "{", "%7b")
"""One of these is in every address that `sql/trust/findings_of_rows.sql` calls broken, small letters or capitals."""

_OF_SESSIONS = frozenset(each.sessions for each in SIGNALS)
_OF_TEMPLATES = tuple(name for name in FOLDED if name != "country")


@dataclass(frozen=True, slots=True)
class RowSums:
    """One lane's rows: their sums (None where the metric is missing), and by URL its visits and the least hash of its rows.

    `may_be_wrong` is False where no number of them is impossible, no tuple is twice, no placeholder and no broken address
    stands in them: then the warehouse need not be asked for such findings. `is_plain` is True where every number is there and can
    be, so that marts need no conditions (`warehouse.marts`).
    """

    truncated: bool
    sessions: int | None
    bot_sessions: int | None
    events: Mapping[str, int | None]
    timed_sessions: int | None
    time_ms: int | None
    pages_per_session: float | None
    users_above: int | None
    rows_above: tuple[str, ...]
    pages: Mapping[str, tuple[int, str]]
    may_be_wrong: bool
    is_plain: bool


def row_sums(rows: "pyarrow.Table", *, slice_name: str) -> RowSums:
    """Of the rows of one lane (columns of `clarity_daily_metrics`), what `sql/trust/lane_sums.sql` says of them once loaded."""
    import pyarrow.compute as pc

    def total(name: str) -> Any:
        return pc.sum(rows[name]).as_py()

    sessions, hashes = rows["sessions"].to_pylist(), rows["dimension_hash"].to_pylist()
    timed = [(count, time) for count, time in zip(sessions, rows["total_time_ms"].to_pylist(), strict=True) if time is not None]
    weighted = [(count, time) for count, time in timed if count is not None]
    above = [
        (users - count - bots, each)
        for each, users, count, bots in zip(
            hashes, rows["distinct_users"].to_pylist(), sessions, rows["bot_sessions"].to_pylist(), strict=True
        )
        if users is not None and count is not None and bots is not None and users > count + bots and count > 0
    ]
    users_known = rows["distinct_users"].null_count < len(rows)
    is_possible = _is_possible(rows)
    pages = _pages(rows["url"].to_pylist(), sessions, hashes)
    return RowSums(
        truncated=bool(pc.any(rows["truncated"]).as_py()),
        sessions=total("sessions"),
        bot_sessions=total("bot_sessions"),
        events={each.events: total(each.events) for each in SIGNALS},
        timed_sessions=sum(count for count, _ in weighted) if weighted else None,
        time_ms=sum(count * time for count, time in weighted) if weighted else None,
        pages_per_session=pc.max(rows["pages_per_session"]).as_py() if slice_name == TOTALS.name else None,
        users_above=sum(each for each, _ in above) if not len(rows) or users_known else None,
        rows_above=tuple(sorted(each for _, each in above)),
        pages=pages,
        may_be_wrong=not is_possible or len(set(hashes)) < len(hashes) or _has_odd_texts(rows, slice_name=slice_name),
        is_plain=is_possible and _is_plain(rows),
    )


def _pages(urls: Sequence[str | None], sessions: Sequence[int | None], hashes: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Of each URL with visits how many, and one tuple's hash."""
    found: dict[str, tuple[int, str]] = {}
    for url, count, each in zip(urls, sessions, hashes, strict=True):
        if url is not None:
            visits, least = found.get(url, (0, each))
            found[url] = (visits + (count or 0), min(least, each))
    return {url: page for url, page in found.items() if page[0] > 0}


def _is_possible(rows: "pyarrow.Table") -> bool:
    """Whether no number of any row is one that cannot be; says no rather once too often."""
    import pyarrow.compute as pc

    most = None if pc.all(rows["truncated"]).as_py() else pc.add(rows["sessions"], rows["rows_merged"])
    for each in MEASURES:
        column = rows[each.column]
        if column.null_count == len(column):
            continue
        span = pc.min_max(column).as_py()
        if span["min"] < 0 or (each.most is not None and span["max"] > each.most):
            return False
        if not each.whole and not pc.all(pc.is_finite(column)).as_py():
            return False
        if most is not None and each.column in _OF_SESSIONS and pc.any(pc.greater(column, most)).as_py():
            return False
    return True


def _is_plain(rows: "pyarrow.Table") -> bool:
    """Whether nothing is missing that a sum would have to leave a row out for; of possible numbers."""
    import pyarrow.compute as pc

    if rows["sessions"].null_count:
        return False
    is_cut, visited = pc.all(rows["truncated"]).as_py(), pc.greater(rows["sessions"], 0)
    for each in MEASURES:
        column = rows[each.column]
        may_lack = is_cut if each.fold == "sum" else column.null_count == len(column)
        if column.null_count and not may_lack and pc.any(pc.and_(pc.is_null(column), visited)).as_py():
            return False
    return True


def _has_odd_texts(rows: "pyarrow.Table", *, slice_name: str) -> bool:
    """Whether a template stands in a value, or what may be a broken address."""
    for name in _OF_TEMPLATES:
        if any(is_template(each) for each in rows[name].unique().drop_null().to_pylist()):
            return True
    if slice_name != "url_device":
        return False
    return any(part in url.lower() for url in rows["url"].unique().drop_null().to_pylist() for part in _BROKEN_ADDRESS)
