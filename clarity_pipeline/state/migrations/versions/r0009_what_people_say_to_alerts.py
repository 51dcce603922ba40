"""Alerts that are pending or cannot be told, who has acknowledged one, and what is to be silent until when."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Until now whatever opened was told on that day."""
    op.add_column("clarity_alerts", sa.Column("firing_on", sa.Date))
    op.add_column("clarity_alerts", sa.Column("unknown_since", sa.Date))
    op.execute("update clarity_alerts set firing_on = opened_on")
    op.create_table(
        "clarity_acknowledgements",
        sa.Column("alert_id", sa.Text, primary_key=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "clarity_silences",
        sa.Column("silence_id", sa.Integer, primary_key=True),
        sa.Column("rule_id", sa.Text),
        sa.Column("business_id", sa.Text),
        sa.Column("scope", sa.Text),
        sa.Column("entity", sa.Text),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text),
    )
