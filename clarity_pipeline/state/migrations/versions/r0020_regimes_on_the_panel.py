"""The panel shows which days cannot be compared."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add one table, which the next publish fills."""
    op.create_table(
        "clarity_serving_regimes",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("events", sa.JSON, nullable=False),
    )
