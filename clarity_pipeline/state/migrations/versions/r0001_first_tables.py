"""The first tables, as they were: a migration never imports `schema.py`, which moves on.

Constraints are named by the convention of `env.py`, which moves no more than this does. There is no way down: the ledger of
spent calls and the history of jobs are never dropped.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the eight tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "clarity_business_config",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("quota_key", sa.Text),
        sa.Column("token_ciphertext", sa.Text),
        sa.Column("token_expires_at", instant),
        sa.Column("token_stored_at", instant),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("kept_query_parameters", sa.JSON, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
    )
    op.create_table(
        "clarity_quota_calls",
        sa.Column("quota_key", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("slice", sa.Text),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("http_status", sa.Integer),
        sa.Column("claimed_at", instant, nullable=False),
        sa.Column("settled_at", instant),
        sa.CheckConstraint("slot between 1 and 10", name="slot_1_to_10"),
    )
    op.create_table(
        "clarity_sync_jobs",
        sa.Column("job_id", sa.Integer, primary_key=True),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("http_status", sa.Integer),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("rows", sa.Integer),
        sa.Column("window_start", instant),
        sa.Column("window_end", instant),
        sa.Column("answer_sha256", sa.Text),
        sa.Column("dagster_run_id", sa.Text),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("finished_at", instant),
        sa.Column("loaded_at", instant),
        sa.UniqueConstraint("business_id", "date", "slice", "attempt"),
    )
    op.create_index(None, "clarity_sync_jobs", ["business_id", "loaded_at"])
    op.create_table(
        "clarity_rules",
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("updated_at", instant, nullable=False),
    )
    op.create_table(
        "clarity_rule_evaluations",
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("evaluated_at", instant, nullable=False),
    )
    op.create_table(
        "clarity_alerts",
        sa.Column("alert_id", sa.Text, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("last_fired_on", sa.Date, nullable=False),
        sa.Column("resolved_on", sa.Date),
        sa.Column("last_evaluated_on", sa.Date, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
    )
    op.create_index(None, "clarity_alerts", ["business_id", "rule_id"])
    op.create_table(
        "clarity_outbox",
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("alert_id", sa.Text, nullable=False),
        sa.Column("transition", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", instant, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", instant),
        sa.Column("last_error", sa.Text),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("sent_at", instant),
    )
    op.create_index(None, "clarity_outbox", ["state", "created_at"])
    op.create_index(None, "clarity_outbox", ["alert_id"])
