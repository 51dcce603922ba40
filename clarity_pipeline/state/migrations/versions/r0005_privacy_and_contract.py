"""What a business keeps in its paths; on which days answers differed from what we know of them, and how fields are typed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add one column and two tables."""
    op.add_column("clarity_business_config", sa.Column("keep_path_ids", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "clarity_contract_drift",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "clarity_contract_types",
        sa.Column("business_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("json_type", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
