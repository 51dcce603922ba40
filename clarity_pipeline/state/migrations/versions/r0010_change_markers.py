"""When a page or a whole site was changed, so that what came after can be compared with what was before."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "clarity_change_markers",
        sa.Column("marker_id", sa.Integer, primary_key=True),
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_clarity_change_markers_business_id_at", "clarity_change_markers", ["business_id", "at"])
