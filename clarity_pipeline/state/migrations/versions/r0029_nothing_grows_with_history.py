"""Indexes and a count, so that what a night asks costs what the night brought and not what was ever kept.

The count of lanes is kept by triggers: whoever writes to the ledger cannot forget it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_STEPS = {"insert": "+", "delete": "-"}


def upgrade() -> None:
    """Make them. Jobs and calls are asked for by date, alerts by when they ended, evaluations by which of them fired."""
    op.create_index(None, "clarity_sync_jobs", ["date"])
    unloaded = sa.text("loaded_at is null")
    op.create_index(
        "ix_clarity_sync_jobs_unloaded", "clarity_sync_jobs", ["date"], sqlite_where=unloaded, postgresql_where=unloaded
    )
    op.create_index(None, "clarity_quota_calls", ["day"])
    op.create_index(None, "clarity_alerts", ["resolved_on"])
    fired = sa.text("outcome = 'fired'")
    op.create_index(
        "ix_clarity_rule_evaluations_fired",
        "clarity_rule_evaluations",
        ["date", "business_id"],
        sqlite_where=fired,
        postgresql_where=fired,
    )
    op.create_table(
        "clarity_lanes_counted",
        sa.Column("ledger", sa.Text, nullable=False),
        sa.Column("lanes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("ledger", name="pk_clarity_lanes_counted"),
    )
    op.execute("insert into clarity_lanes_counted select 'lanes_loaded', count(*) from clarity_lanes_loaded")
    on_postgres = op.get_context().dialect.name == "postgresql"
    for event, sign in _STEPS.items():
        name = f"clarity_lanes_{event}_counted"
        count = f"update clarity_lanes_counted set lanes = lanes {sign} 1;"  # noqa: S608 (the two signs above)
        if on_postgres:
            op.execute(
                f"create function {name}() returns trigger language plpgsql as $count$ begin {count} return null; end $count$"
            )
            op.execute(f"create trigger {name} after {event} on clarity_lanes_loaded for each row execute function {name}()")
        else:
            op.execute(f"create trigger {name} after {event} on clarity_lanes_loaded begin {count} end")
