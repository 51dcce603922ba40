"""Channels with their sealed configuration, whom was told what, and messages that are of no use after an instant."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """What was told is known from the messages so far, each of which held one piece of news."""
    op.create_table(
        "clarity_channels",
        sa.Column("channel_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("config_ciphertext", sa.Text, nullable=False),
        sa.Column("businesses", sa.JSON, nullable=False),
        sa.Column("min_severity", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("dead_in_a_row", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name="pk_clarity_channels"),
    )
    op.create_table(
        "clarity_told",
        sa.Column("channel", sa.Text),
        sa.Column("alert_id", sa.Text),
        sa.Column("transition", sa.Text),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("channel", "alert_id", "transition", name="pk_clarity_told"),
    )
    op.create_index("ix_clarity_told_alert_id", "clarity_told", ["alert_id"])
    op.create_index("ix_clarity_told_message_id", "clarity_told", ["message_id"])
    op.execute(
        "insert into clarity_told (channel, alert_id, transition, message_id)"
        " select channel, alert_id, transition, message_id from clarity_outbox"
    )
    op.add_column("clarity_outbox", sa.Column("expires_at", sa.DateTime(timezone=True)))
