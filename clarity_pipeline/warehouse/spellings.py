"""What marts add values up under: the table `clarity_value_spellings`. Called by `day.lane_rows` and `derived`.

What it holds follows from the set of values that were loaded, not from their order, so that a warehouse made anew says the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from clarity_pipeline.normalize.spellings import FOLDED, Folded, meaning
from clarity_pipeline.warehouse.changes import note_business, note_days_of, note_table
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

TABLE = "clarity_value_spellings"
_ALL_OF = "select distinct {dimension} from clarity_daily_metrics where business_id = $business_id and {dimension} is not null"


def note_spellings(connection: "DuckDBPyConnection", rows: "pyarrow.Table", *, business_id: str) -> None:
    """Know what is new among the values of `rows` (columns of `clarity_daily_metrics`), in the caller's transaction."""
    _note(connection, _rows(business_id, _sent(rows)))


def note_spellings_of(connection: "DuckDBPyConnection", rows: "Mapping[str, pyarrow.Table]") -> None:
    """The same for several businesses at once, whose rows are given by business."""
    _note(connection, (each for business_id, of_it in rows.items() for each in _rows(business_id, _sent(of_it))))


def note_all_anew(connection: "DuckDBPyConnection") -> None:
    """Map every value of the file, whatever the table held, in the caller's transaction."""
    connection.execute(f"delete from {TABLE}")  # noqa: S608 (our name)
    note_table(connection, TABLE)
    businesses = connection.execute("select distinct business_id from clarity_lane_loads order by all").fetchall()
    for (business_id,) in businesses:
        sent = {
            dimension: [
                value
                for (value,) in connection.execute(_ALL_OF.format(dimension=dimension), {"business_id": business_id}).fetchall()
            ]
            for dimension in FOLDED
        }
        _note(connection, _rows(business_id, sent))


def _sent(rows: "pyarrow.Table") -> dict[Folded, list[str]]:
    return {dimension: rows[dimension].unique().drop_null().to_pylist() for dimension in FOLDED}


def _rows(business_id: str, sent: Mapping[Folded, list[str]]) -> Iterator[dict[str, str | None]]:
    """The values that do not simply stand for themselves, and every campaign, since another may differ from it in case alone."""
    for dimension in FOLDED:
        for value in sent[dimension]:
            meant = meaning(dimension, value)
            if meant.reason is not None or dimension == "campaign":
                yield {
                    "business_id": business_id,
                    "dimension": dimension,
                    "value": value,
                    "folded": meant.value,
                    "reason": meant.reason,
                }


def _note(connection: "DuckDBPyConnection", spelled: Iterable[dict[str, str | None]]) -> None:
    import pyarrow

    found = list(spelled)
    if not found:
        return
    text = pyarrow.string()
    schema = pyarrow.schema([(name, text) for name in ("business_id", "dimension", "value", "folded", "reason")])
    connection.register("spelled", pyarrow.Table.from_pylist(found, schema=schema))
    added = named(connection.execute(statement("statements/note_spellings")))
    for business_id in sorted({each["business_id"] for each in added}):
        ((changed,),) = connection.execute(statement("statements/settle_spellings"), {"business_id": business_id}).fetchall()
        if changed:  # seldom: rows of any date may stand under the spelling of before
            settled = connection.execute(statement("statements/settle_campaigns"), {"business_id": business_id})
            note_days_of(connection, "campaign_day", settled.fetchall())
        note_business(connection, TABLE, business_id=business_id)
