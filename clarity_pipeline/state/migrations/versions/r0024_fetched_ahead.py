"""An attempt that was made ahead of its lane's own step waits until that takes it over."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the table; whatever was attempted so far was attempted by the steps themselves."""
    op.create_table(
        "clarity_jobs_ahead",
        sa.Column("job_id", sa.Integer, sa.ForeignKey("clarity_sync_jobs.job_id", ondelete="CASCADE"), primary_key=True),
    )
