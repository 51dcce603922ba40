"""How the numeric columns of ad entities are read, by business, and the ids that are stored. Called by `load_files` and rules.

What a file said of a column holds until another file says otherwise; of a column that no file said anything of, its name decides
(`normalize.ad_columns`), and is kept beside so that SQL can ask.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from clarity_pipeline.normalize.ad_columns import AdColumn, column_of
from clarity_pipeline.warehouse.changes import note_table
from clarity_pipeline.warehouse.imported import COLUMNS
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FORGET = f"delete from {COLUMNS} where business_id = $business_id and name = $name"  # noqa: S608 (our name)
_NAMES = ("business_id", "name", "fold", "weight", "unit", "declared")
_KEEP = f"insert into {COLUMNS} ({', '.join(_NAMES)}) values ({', '.join(f'${each}' for each in _NAMES)})"  # noqa: S608 (our names)


def declare(connection: "DuckDBPyConnection", business_ids: Iterable[str], columns: Mapping[str, AdColumn]) -> None:
    """Keep what a file said of its columns, for each business in it, and name those it said nothing of."""
    for business_id in sorted(set(business_ids)):
        for name, column in columns.items():
            connection.execute(_FORGET, {"business_id": business_id, "name": name})
            _keep(connection, business_id=business_id, name=name, column=column, declared=True)
    name_the_unnamed(connection)


def name_the_unnamed(connection: "DuckDBPyConnection") -> None:
    """Keep how each column of a stored row is read that no file said anything of."""
    for row in named(connection.execute(statement("statements/unnamed_ad_columns"))):
        _keep(connection, **row, column=column_of(row["name"], {}), declared=False)


def declared_columns(connection: "DuckDBPyConnection", business_ids: Iterable[str]) -> dict[str, dict[str, AdColumn]]:
    """By business, what files said of their columns."""
    found: dict[str, dict[str, AdColumn]] = defaultdict(dict)
    for row in named(connection.execute(statement("statements/ad_columns"), {"business_ids": list(business_ids)})):
        found[row["business_id"]][row["name"]] = AdColumn(fold=row["fold"], weight=row["weight"], unit=row["unit"])
    return found


def long_ids(connection: "DuckDBPyConnection") -> dict[str, dict[str, list[str]]]:
    """By business and kind (a level, or `parents`), the stored ids of more than 15 digits."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in named(connection.execute(statement("statements/long_ad_ids"))):
        found[row["business_id"]][row["kind"]] = row["ids"]
    return found


def _keep(connection: "DuckDBPyConnection", *, business_id: str, name: str, column: AdColumn, declared: bool) -> None:
    row = {"business_id": business_id, "name": name, "fold": column.fold, "weight": column.weight, "unit": column.unit}
    connection.execute(_KEEP, {**row, "declared": declared})
    note_table(connection, COLUMNS)
