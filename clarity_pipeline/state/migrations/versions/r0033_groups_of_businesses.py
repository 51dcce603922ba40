"""Groups of businesses: a name for some of them, which filters lists and says whom something is for."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """None to begin with."""
    op.create_table(
        "clarity_business_groups",
        sa.Column("group_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "clarity_business_group_members",
        sa.Column("group_id", sa.Text, sa.ForeignKey("clarity_business_groups.group_id"), nullable=False),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "business_id", name="pk_clarity_business_group_members"),
    )
    op.create_index("ix_clarity_business_group_members_business_id", "clarity_business_group_members", ["business_id"])
