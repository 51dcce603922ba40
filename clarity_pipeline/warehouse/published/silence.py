"""Whom Clarity counts nobody for: read from the published copy, which no reader can hold up. Called by `diagnose`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clarity_pipeline.warehouse.errors import WarehouseUnreadable
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement


@dataclass(frozen=True, slots=True)
class Silence:
    """The latest loaded dates of a business, all without a human session; `last_session_on` is None where there never was one."""

    business_id: str
    last_session_on: date | None
    silent_from: date
    silent_to: date
    silent_days: int
    bot_sessions: int


def silent_businesses(published: Path) -> list[Silence]:
    """None where nothing was published yet. Raises `WarehouseUnreadable`."""
    import duckdb

    if not published.exists():
        return []
    try:
        with duckdb.connect(published, read_only=True) as connection:
            return [Silence(**row) for row in named(connection.execute(statement("statements/silent_businesses")))]
    except duckdb.Error as error:
        raise WarehouseUnreadable(
            f"DuckDB cannot read {published} ({type(error).__name__}): `clarity-pipeline publish` puts a whole one in its place"
        ) from None
