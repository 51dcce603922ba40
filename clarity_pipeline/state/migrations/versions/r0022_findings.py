"""Findings about data: what each channel was told of them, and what the panel shows of each date."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Make both tables; the panel's copy is filled by the next `publish`."""
    op.create_table(
        "clarity_findings_told",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "business_id", "slice", "metric", "code", name="pk_clarity_findings_told"),
    )
    op.create_table(
        "clarity_serving_findings",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "date", name="pk_clarity_serving_findings"),
    )
    op.create_index("ix_clarity_serving_findings_date", "clarity_serving_findings", ["date"])
