"""Each change of a job, an evaluation or an alert is noted by the database itself, so that publishing takes over those alone.

By triggers: whoever writes, and whoever will, cannot forget it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_DATES = {"clarity_sync_jobs": "date", "clarity_rule_evaluations": "date", "clarity_alerts": "opened_on"}
_ROWS = {"insert": ("new",), "update": ("old", "new"), "delete": ("old",)}


def upgrade() -> None:
    """Make the two tables and the triggers. Nothing was published by its changes before, so the first time takes all of it."""
    op.create_table(
        "clarity_unpublished",
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("table_name", "business_id", "date", name="pk_clarity_unpublished"),
    )
    op.create_table(
        "clarity_publication",
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("reader", name="pk_clarity_publication"),
    )
    op.create_index(None, "clarity_rule_evaluations", ["date", "business_id"])
    make = _on_postgres if op.get_context().dialect.name == "postgresql" else _on_sqlite
    for table, date in _DATES.items():
        for event, rows in _ROWS.items():
            make(table, event, [_note(table, row, date) for row in rows])


def _note(table: str, row: str, date: str) -> str:
    same = f"table_name = '{table}' and business_id = {row}.business_id and date = {row}.{date}"
    return (
        "insert into clarity_unpublished (table_name, business_id, date)"  # noqa: S608 (names of this file)
        f" select '{table}', {row}.business_id, {row}.{date}"
        f" where not exists (select 1 from clarity_unpublished where {same});"
    )


def _on_sqlite(table: str, event: str, notes: list[str]) -> None:
    op.execute(f"create trigger {table}_{event}_unpublished after {event} on {table} begin {' '.join(notes)} end")


def _on_postgres(table: str, event: str, notes: list[str]) -> None:
    name = f"{table}_{event}_unpublished"
    op.execute(
        f"create function {name}() returns trigger language plpgsql as $note$ begin {' '.join(notes)} return null; end $note$"
    )
    op.execute(f"create trigger {name} after {event} on {table} for each row execute function {name}()")
