"""Who changed what of a connection (`clarity_audit_log`), and the facts that a badge is derived from, quick to find.

A migration never imports `schema.py`. Tokens stored before this revision have no fingerprint until they are stored again or the
encryption key is rotated; they work all the same.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the log, three columns and one index."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "clarity_audit_log",
        sa.Column("entry_id", sa.Integer, primary_key=True),
        sa.Column("at", instant, nullable=False),
        sa.Column("business_id", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index(None, "clarity_audit_log", ["business_id", "entry_id"])
    op.add_column("clarity_business_config", sa.Column("token_fingerprint", sa.Text))
    op.add_column("clarity_business_config", sa.Column("enabled_at", instant))
    op.add_column("clarity_business_config", sa.Column("shared_allowed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index(None, "clarity_sync_jobs", ["business_id", "finished_at"])
