"""What the tables of the state database share: small facts that change, on SQLite or Postgres alike.

DuckDB holds what was measured; this database holds who is synced, what was spent, what happened, and what was said to whom.
Each module beside this one declares the tables of one noun. A change there needs a migration under `state/migrations/` (a test
compares the two). Instants are aware and UTC on both databases: SQLAlchemy gives naive ones back from SQLite whatever it was
given, hence `UTCDateTime`.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as UTC and given back aware; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive instants, convert the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive instant has no place in the state database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the zone back that SQLite forgets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
