"""The tables of what people deliver in files, beside what Clarity tells, and the record of each load.

The vault cannot tell them, so `rebuild` takes them over as they stand; the rows age with their dates (`days.forget_before`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.changes import note_table
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES = ("ad_entities", "experiments")
IMPORTS = "clarity_deliveries"
COLUMNS = "ad_entity_columns"


def note_import(connection: "DuckDBPyConnection", loaded: Mapping[str, Any]) -> None:
    """Record a load by the columns of `clarity_deliveries`, in the transaction of its rows."""
    connection.execute(statement("statements/note_import"), dict(loaded))
    note_table(connection, IMPORTS)


def is_imported(connection: "DuckDBPyConnection", *, kind: str, sha256: str) -> bool:
    """Whether a file with this content was ever loaded."""
    known = f"select count(*) > 0 from {IMPORTS} where delivers = $delivers and sha256 = $sha256"  # noqa: S608 (our name)
    ((found,),) = connection.execute(known, {"delivers": kind, "sha256": sha256}).fetchall()
    return bool(found)
