"""The panel's copy has the site's own numbers of a day, where the totals tell them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the table; the next publication fills it."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "clarity_serving_site_days",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("sessions", sa.BigInteger, nullable=False),
        sa.Column("bot_sessions", sa.BigInteger, nullable=False),
        sa.Column("measures", sa.JSON, nullable=False),
        sa.Column("quality", sa.Text),
        sa.Column("coverage", sa.Double, nullable=False),
        sa.Column("truncated", sa.Boolean, nullable=False),
        sa.Column("window_start", instant, nullable=False),
        sa.Column("window_end", instant, nullable=False),
        sa.Column("loaded_at", instant, nullable=False),
    )
    op.create_index(None, "clarity_serving_site_days", ["date"])
