"""What the panel shows of each day, kept beside the facts that change; made anew from the warehouse whenever it is published."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the three tables of the serving copy."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "clarity_serving_dates",
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("served_at", instant, nullable=False),
    )
    op.create_table(
        "clarity_serving_days",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("sessions", sa.BigInteger, nullable=False),
        sa.Column("bot_sessions", sa.BigInteger, nullable=False),
        sa.Column("distinct_users", sa.BigInteger),
        sa.Column("pages_per_session", sa.Double),
        sa.Column("scroll_depth", sa.Double),
        sa.Column("engagement_time_ms", sa.Double),
        sa.Column("dead_clicks", sa.BigInteger),
        sa.Column("rage_clicks", sa.BigInteger),
        sa.Column("excessive_scroll", sa.BigInteger),
        sa.Column("quick_backs", sa.BigInteger),
        sa.Column("script_errors", sa.BigInteger),
        sa.Column("error_clicks", sa.BigInteger),
        sa.Column("devices", sa.JSON, nullable=False),
        sa.Column("quality", sa.Text),
        sa.Column("coverage", sa.Double, nullable=False),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("window_start", instant, nullable=False),
        sa.Column("window_end", instant, nullable=False),
        sa.Column("loaded_at", instant, nullable=False),
    )
    op.create_index(None, "clarity_serving_days", ["date"])
    op.create_table(
        "clarity_serving_urls",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("urls", sa.JSON, nullable=False),
    )
    op.create_index(None, "clarity_serving_urls", ["date"])
