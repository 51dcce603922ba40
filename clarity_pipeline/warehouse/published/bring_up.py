"""Bringing a published file of some publication to the newest state, by what was written since. Called by `file`.

The file is nobody's meanwhile. Its token is taken away first and put back last, so that one which a crash left half way is told
from a whole one. Each business and date that was written is replaced in each table that may have it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.warehouse.published import beside
from clarity_pipeline.warehouse.published.publication import Change, Publication
from clarity_pipeline.warehouse.published.tables import BESIDE, DATE_OF, KINDS, WITH_PAYLOAD
from clarity_pipeline.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CONFIG: Mapping[str, str | bool | int] = {
    "autoinstall_known_extensions": False,
    "memory_limit": "160MB",  # the whole of a `sync` that ends in it stays below 600 MB
    "threads": 2,
    "checkpoint_threshold": "64MB",
}
_LEAST_BLOCKS = 400
"""Blocks of 256 KiB: a file of less than 100 MB may be half empty."""


class Doubtful(Exception):
    """The file cannot be brought up from where it is; the text says why."""


@dataclass(slots=True)
class Written:
    """What of one table is replaced: all of it, or these businesses, and of these dates all businesses (None) or some."""

    whole: bool = False
    businesses: set[str] = field(default_factory=set)
    dates: dict[date, set[str] | None] = field(default_factory=dict)

    def add(self, change: Change) -> None:
        """Replace that too."""
        if change.date is not None:
            some = self.dates.get(change.date, set())
            self.dates[change.date] = None if change.business_id is None or some is None else some | {change.business_id}
        elif change.business_id is not None:
            self.businesses.add(change.business_id)
        else:
            self.whole = True


@contextmanager
def both_files(published: Path, warehouse: Warehouse) -> Iterator["DuckDBPyConnection"]:
    """A connection with the file that is written to as `published`, and the working file as `working`; the caller holds both.

    Raises `Doubtful` where the file cannot be opened for writing, as when somebody reads it.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        **_CONFIG,
        "temp_directory": str(published.with_name(f"{published.name}.tmp")),
    }
    with duckdb.connect(config=config) as connection:
        connection.execute("set enable_progress_bar = false")  # it would be on standard output, where a command's JSON goes
        try:
            connection.execute(f"attach {_quoted(published)} as published")
        except duckdb.Error as error:
            raise Doubtful(f"the file before cannot be opened ({type(error).__name__})") from None
        connection.execute(f"attach {_quoted(warehouse.path)} as working (read_only)")
        yield connection
        connection.execute("detach published")


def bring_up(
    connection: "DuckDBPyConnection",
    *,
    before: Publication,
    now: Publication,
    changes: Iterable[Change],
    state: StateDatabase | None,
) -> int:
    """Make `published` say what `working` and `state` say; how many rows were written. Raises `Doubtful`."""
    _check(connection, before)
    connection.execute("delete from published.clarity_publications")
    connection.execute("checkpoint published")
    written = _by_table(changes)
    for day in _payload_is_back(connection, before, now):
        for table in WITH_PAYLOAD:
            written[table].add(Change(table, None, day))
    rows = sum(_replace(connection, table, written[table], now, state) for table in KINDS)
    _leave_payload_out(connection, before, now)
    _compare(connection)
    row = {"number": now.number, "token": now.token, "payload_from": now.payload_from}
    connection.execute("insert into published.clarity_publications values ($number, $token, $payload_from, null)", row)
    connection.execute("checkpoint published")
    return rows


def _check(connection: "DuckDBPyConnection", before: Publication) -> None:
    tokens = connection.execute("select token from published.clarity_publications").fetchall()
    if tokens != [(before.token,)]:
        raise Doubtful("a publication was interrupted")
    made_by = "select digest from {}.clarity_schema_digests where name = 'everything'"
    if len({str(connection.execute(made_by.format(each)).fetchall()) for each in ("published", "working")}) > 1:
        raise Doubtful("the tables have changed")
    blocks = "select total_blocks, free_blocks from pragma_database_size() where database_name = 'published'"
    ((total, free),) = connection.execute(blocks).fetchall()
    if total > _LEAST_BLOCKS and free * 2 > total:
        raise Doubtful("more than half of the file is empty")


def _by_table(changes: Iterable[Change]) -> dict[str, Written]:
    written: dict[str, Written] = defaultdict(Written)
    for change in changes:
        if change.table_name is not None:
            written[change.table_name].add(change)
            continue
        for table, kind in KINDS.items():
            if kind == "by_date" and table not in BESIDE:
                written[table].add(change)
    return written


def _replace(
    connection: "DuckDBPyConnection", table: str, written: Written, now: Publication, state: StateDatabase | None
) -> int:
    if table in BESIDE and state is None:
        return 0
    rows = 0
    for where, values in _pieces(table, written):
        connection.execute(f"delete from published.{table} where {where}", values)  # noqa: S608 (our names)
        if table not in BESIDE:
            columns = _columns(table, values, now)
            insert = f"insert into published.{table} by name select {columns} from working.{table} where {where}"  # noqa: S608 - our names
            ((added,),) = connection.execute(insert, values).fetchall()
            rows += int(added)
        elif state is not None:
            rows += _from_state(connection, state, table, values)
    return rows


def _from_state(connection: "DuckDBPyConnection", state: StateDatabase, table: str, values: Mapping[str, Any]) -> int:
    if "date" not in values:
        return beside.add_all(connection, state, table)
    return beside.add_date(connection, state, table, day=values["date"], businesses=values.get("business_ids"))


def _pieces(table: str, written: Written) -> Iterator[tuple[str, dict[str, Any]]]:
    """Conditions that together are what is replaced, with their values."""
    if written.whole or (written.businesses and KINDS[table] != "by_business"):
        yield "true", {}
        return
    if written.businesses:
        yield "business_id in (select unnest($business_ids))", {"business_ids": sorted(written.businesses)}
    of_date = f"{DATE_OF.get(table, 'date')} = $date"
    for day, some in sorted(written.dates.items()):
        if some is None:
            yield of_date, {"date": day}
        else:
            ids: Sequence[str] = sorted(some)
            yield f"{of_date} and business_id in (select unnest($business_ids))", {"date": day, "business_ids": ids}


def _columns(table: str, values: Mapping[str, Any], now: Publication) -> str:
    if table not in WITH_PAYLOAD or now.payload_from is None:
        return "*"
    if "date" not in values:
        raise Doubtful("every date has changed")
    return "*" if values["date"] >= now.payload_from else "* replace (null as raw_payload)"


def _payload_is_back(connection: "DuckDBPyConnection", before: Publication, now: Publication) -> list[date]:
    """Dates whose payload is published again, because more days are asked for or the newest dates are gone."""
    if before.payload_from is None or (now.payload_from or date.min) >= before.payload_from:
        return []
    query = "select distinct date from working.clarity_lane_loads where date >= $since and date < $until order by date"
    span = {"since": now.payload_from or date.min, "until": before.payload_from}
    return [day for (day,) in connection.execute(query, span).fetchall()]


def _leave_payload_out(connection: "DuckDBPyConnection", before: Publication, now: Publication) -> None:
    """Of dates that have become old."""
    since, until = before.payload_from or date.min, now.payload_from or date.min
    for table in WITH_PAYLOAD:
        query = f"select distinct date from published.{table} where date >= $since and date < $until order by date"  # noqa: S608 - our names
        for (day,) in connection.execute(query, {"since": since, "until": until}).fetchall():
            left_out = f"update published.{table} set raw_payload = null where date = $date and raw_payload is not null"  # noqa: S608 - our names
            connection.execute(left_out, {"date": day})


def _compare(connection: "DuckDBPyConnection") -> None:
    """Both files have as many rows of each table, whoever forgot to note a change."""
    for table in KINDS:
        if table not in BESIDE:
            both = (f"select count(*) from {each}.{table}" for each in ("published", "working"))  # noqa: S608 (our names)
            if len({connection.execute(each).fetchall()[0] for each in both}) > 1:
                raise Doubtful(f"{table} has other rows than what is known to have changed")


def _quoted(path: Path) -> str:
    return "'{}'".format(str(path).replace("'", "''"))
