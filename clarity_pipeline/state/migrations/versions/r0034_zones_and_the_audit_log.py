"""The time zone in which somebody reads instants, and two ways into the audit log: by who, and by what was done."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Everybody reads UTC until they say otherwise."""
    op.add_column("clarity_panel_users", sa.Column("time_zone", sa.Text))
    op.create_index("ix_clarity_audit_log_actor_entry_id", "clarity_audit_log", ["actor", "entry_id"])
    op.create_index("ix_clarity_audit_log_action_entry_id", "clarity_audit_log", ["action", "entry_id"])
