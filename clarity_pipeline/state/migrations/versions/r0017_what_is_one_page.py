"""A business says which addresses are one page."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    """Add one column; without a value pages are what they were."""
    op.add_column("clarity_business_config", sa.Column("page_settings", sa.JSON))
