"""What the panel shows of devices, sources, countries and campaigns: the commonest values of each date."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Make the table; the next `publish` looks at every date once more, since none has its breakdowns yet."""
    op.create_table(
        "clarity_serving_breakdowns",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("breakdowns", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "date", name="pk_clarity_serving_breakdowns"),
    )
    op.create_index("ix_clarity_serving_breakdowns_date", "clarity_serving_breakdowns", ["date"])
    op.execute("delete from clarity_publication where reader = 'panel'")
