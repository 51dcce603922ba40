"""Whose an alert is, until when it sleeps, what it was when it was closed; and all that people did with it."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Who has seen an alert was known before: it is the first line of that alert's history."""
    op.create_table(
        "clarity_alert_standing",
        sa.Column("alert_id", sa.Text, primary_key=True),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("assigned_to", sa.Integer),
        sa.Column("snoozed_until", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Text),
    )
    op.create_index("ix_clarity_alert_standing_closed_at", "clarity_alert_standing", ["closed_at"])
    op.create_table(
        "clarity_alert_history",
        sa.Column("entry_id", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("ix_clarity_alert_history_alert_id", "clarity_alert_history", ["alert_id"])
    op.execute(
        "insert into clarity_alert_history (alert_id, business_id, action, author, at, text, detail)"
        " select seen.alert_id, alerts.business_id, 'acknowledged', seen.author, seen.at, seen.note, '{}'"
        " from clarity_acknowledgements as seen join clarity_alerts as alerts on alerts.alert_id = seen.alert_id"
    )
