"""A business has a site, and may have no Clarity project; lanes that are held back are found by an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_OTHER_SITE = sa.text("reason = 'other_site'")


def upgrade() -> None:
    """Add two columns and an index; whoever is known was born by a connect."""
    op.add_column("clarity_business_config", sa.Column("connected_at", sa.DateTime(timezone=True)))
    op.add_column("clarity_business_config", sa.Column("site", sa.JSON))
    op.execute("update clarity_business_config set connected_at = created_at")
    op.create_index(
        "ix_clarity_sync_jobs_other_site",
        "clarity_sync_jobs",
        ["business_id"],
        sqlite_where=_OTHER_SITE,
        postgresql_where=_OTHER_SITE,
    )
