"""Evaluations of ad entities carry what Clarity says of their business and landing page."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add a column."""
    op.add_column("clarity_rule_evaluations", sa.Column("attached", sa.JSON))
