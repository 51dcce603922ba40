"""What the panel shows of devices, sources, countries and campaigns: the commonest values of each date."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Make the table; it is filled by the next `publish`, which looks at every date once more (`panel_copy`)."""
    op.create_table(
        "clarity_serving_breakdowns",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("breakdowns", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "date", name="pk_clarity_serving_breakdowns"),
    )
    op.create_index("ix_clarity_serving_breakdowns_date", "clarity_serving_breakdowns", ["date"])
