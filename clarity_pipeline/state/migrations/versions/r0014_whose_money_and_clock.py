"""A business says in which currency and time zone its ad accounts count; unset, nothing is known of either."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add two columns."""
    op.add_column("clarity_business_config", sa.Column("currency", sa.Text))
    op.add_column("clarity_business_config", sa.Column("time_zone", sa.Text))
