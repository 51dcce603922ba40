"""The next step of the warehouse: what the registry has and no step makes a column of yet, as a numbered file of `sql/steps`."""

from collections.abc import Mapping
from pathlib import Path

from clarity_pipeline.clarity.measures import meaning
from clarity_pipeline.warehouse.schema import steps
from generate.sql_files import SQL
from generate.table import HISTORY, TABLE, missing_columns


def stale() -> dict[Path, str]:
    """The file that is missing, with what it should hold; none while every measure has its column."""
    missing = missing_columns()
    if not missing:
        return {}
    name = f"{len(steps()) + 1:04}_{'_and_'.join(list(missing)[:2])}"
    return {SQL / "steps" / f"{name}.sql": _step(missing)}


def _step(missing: Mapping[str, str]) -> str:
    head = [f"-- {name}: {meaning(name)}.\n" for name in missing]
    changes = [f"alter table {table} add column {name} {kind}" for table in (TABLE, HISTORY) for name, kind in missing.items()]
    return "".join(head) + ";\n".join(changes) + "\n"
