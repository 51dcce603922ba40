"""Replacing one lane over a connection that is open already, inside the caller's transaction. Called by `lane_rows`.

What other rows take the place of goes to `clarity_daily_metrics_history`. Rows that say the same stay untouched, with the
instant since when they stand: a second run neither grows the history nor pretends that a number was learnt later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.window import coverage
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.normalize.version import NORMALISER_VERSION
from clarity_pipeline.warehouse.changes import note_changed, note_day
from clarity_pipeline.warehouse.errors import OwnRowsStand
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Replaced:
    """A lane after its load: how many rows, and since when they stand; earlier than this load when it changed nothing.

    `again` says that the lane was loaded before.
    """

    rows: int
    loaded_at: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """The second answer behind a recovered lane, which was subtracted, and when the first was fetched.

    For a lane of one answer the window ends when it was fetched; the window of a difference does not.
    """

    fetched_at: datetime
    subtracted_sha256: str
    subtracted_fetched_at: datetime


def replace(
    connection: "DuckDBPyConnection",
    rows: "pyarrow.Table",
    *,
    business_id: str,
    date: date,
    slice_name: str,
    window_start: datetime,
    window_end: datetime,
    answer_sha256: str,
    loaded_at: datetime,
    dimensions: Sequence[str] | None = None,
    pair: Pair | None = None,
) -> Replaced:
    """Make `rows` the lane (business, date, slice), also when there are none, and mark it loaded.

    `rows` has the columns of `clarity_daily_metrics` (`normalize.normalize`); the rest describes the answer behind them, or the
    `pair` of a recovered lane, with the `dimensions` that were asked for (None is not known, as of a release before). ValueError
    for rows of another lane, which no later replacement would find; `OwnRowsStand` for recovered rows where an answer of the
    date's own is loaded.
    """
    lane = {"business_id": business_id, "date": date, "slice": slice_name}
    for column, value in lane.items():
        if rows[column].unique().to_pylist() not in ([value], []):
            raise ValueError(f"rows of another {column} in the lane {business_id} {date} {slice_name}")
    connection.register("lane", with_json(rows))
    known = next(iter(named(connection.execute(statement("statements/loaded_since"), lane))), None)
    if pair is not None and known is not None and not known["is_recovered"]:
        raise OwnRowsStand(
            f"{business_id} {date} {slice_name} is loaded from an answer of its own, which recovered rows never replace; restore"
            " that answer in the vault from a backup"
        )
    if known is not None and _stands(connection, lane):
        loaded_at = known["loaded_at"]
    else:
        if known is not None:
            connection.execute(statement("statements/supersede_lane"), {**lane, "loaded_at": loaded_at})
        connection.execute(statement("statements/delete_lane"), lane)
        failpoint("lane_deleted")
        connection.execute(statement("statements/insert_lane"))
        failpoint("lane_inserted")
    load = {
        "rows": len(rows),
        "window_start": window_start,
        "window_end": window_end,
        "coverage": coverage(date, window_start, window_end),
        "answer_sha256": answer_sha256,
        "loaded_at": loaded_at,
        "normaliser_version": NORMALISER_VERSION,
        "asked": None if dimensions is None else ",".join(dimensions),
        "fetched_at": pair.fetched_at if pair else window_end,
        "subtracted_sha256": pair.subtracted_sha256 if pair else None,
        "subtracted_fetched_at": pair.subtracted_fetched_at if pair else None,
    }
    connection.execute(statement("statements/unmark_lane"), lane)
    connection.execute(statement("statements/mark_lane"), {**lane, **load})
    note_day(connection, business_id=business_id, date=date)
    note_changed(connection, business_id=business_id, date=date)
    failpoint("lane_marked")
    return Replaced(rows=len(rows), loaded_at=loaded_at, again=known is not None)


def _stands(connection: "DuckDBPyConnection", lane: Mapping[str, Any]) -> bool:
    """Whether the lane's rows say already what the registered ones do."""
    ((same,),) = connection.execute(statement("statements/lane_stands"), lane).fetchall()
    return bool(same)


def with_json(rows: "pyarrow.Table") -> "pyarrow.Table":
    """Say in Arrow's own type that `raw_payload` is JSON: DuckDB parses 2 MB of plain text again, 4 ms a lane."""
    import pyarrow

    place = rows.schema.get_field_index("raw_payload")
    return rows.set_column(place, "raw_payload", rows["raw_payload"].cast(pyarrow.json_()))
