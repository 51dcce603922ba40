"""Whether a business opted in to the totals and to asking for less; which lanes were cut, and how much they tell."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add two switches, both off, and a table."""
    for name in ("totals", "back_off"):
        op.add_column("clarity_business_config", sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "clarity_cut_lanes",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("slice", sa.Text, primary_key=True),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("cut", sa.Boolean, nullable=False),
        sa.Column("covered_share", sa.Float),
        sa.Column("method", sa.Text),
    )
