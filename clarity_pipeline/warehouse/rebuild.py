"""What a rebuilt file needs of the one that it replaces. Called by `replay`.

A rebuilt file must not know less than the old one: lanes that it could not make anew (their answers are pruned, lost or
damaged) are taken over as they stand, with their history, their marts and the version of the normaliser that made them. So is
what people imported from files, of which the vault never knew.
"""

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.days import ROWS, forget_day
from clarity_pipeline.warehouse.imported import COLUMNS, IMPORTS
from clarity_pipeline.warehouse.imported import TABLES as IMPORTED
from clarity_pipeline.warehouse.marts import MARTS, make_anew
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.spellings import note_all_anew
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MISSING = """
insert into {table} by name
select * from before.{table} as old
where not exists (
    from clarity_lane_loads as new
    where new.business_id = old.business_id and new.date = old.date and new.slice = {slice}
)
"""


def leave_what_was_taken_over(
    connection: "DuckDBPyConnection", played: Collection[tuple[str, date, str]]
) -> list[tuple[str, date]]:
    """Undo `take_over` in a file that was not finished, in the caller's transaction, so that it can be done again.

    Imports go, and every business and date that has a lane which is not among the `played`; those are given.
    """
    for table in (*IMPORTED, IMPORTS, COLUMNS):
        connection.execute(f"delete from {table}")  # noqa: S608 (our own names)
    loads = named(connection.execute("select business_id, date, slice from clarity_lane_loads"))
    taken = {
        (load["business_id"], load["date"]) for load in loads if (load["business_id"], load["date"], load["slice"]) not in played
    }
    for business_id, day in taken:
        forget_day(connection, business_id=business_id, date=day)
    return sorted(taken)


def take_over(connection: "DuckDBPyConnection", old: Warehouse) -> int:
    """Copy from `old` the lanes that the file of `connection` has no load of; how many there are. The caller holds `old`."""
    if not old.path.exists():
        return 0
    with old.connect(what="replaying"):
        pass  # brought to this release's layout
    path = str(old.path).replace("'", "''")
    connection.execute(f"attach '{path}' as before (read_only)")
    try:
        with transaction(connection):
            for table in ROWS:
                connection.execute(_MISSING.format(table=table, slice="old.slice"))
            connection.execute(_MISSING.format(table="clarity_findings", slice="old.slice"))
            for mart in MARTS.values():
                connection.execute(_MISSING.format(table=mart.name, slice="$slice"), {"slice": mart.slice_name})
            connection.execute(_MISSING.format(table="clarity_site_lists", slice="old.slice"))
            for table in (*IMPORTED, IMPORTS, COLUMNS):
                connection.execute(f"insert into {table} by name from before.{table}")
            ((lanes,),) = connection.execute(_MISSING.format(table="clarity_lane_loads", slice="old.slice")).fetchall()
            note_all_anew(connection)
            for mart in MARTS.values():
                if lanes and mart.looks_at:
                    make_anew(connection, mart)  # one of the two lanes may be the old file's
    finally:
        connection.execute("detach before")
    return int(lanes)
