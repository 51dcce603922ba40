"""A refused answer has the version of the parser that refused it, so that no call is paid for the same again."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_REFUSED = sa.text("parser_version is not null")


def upgrade() -> None:
    """Add a column and an index; what was refused so far was so by the first parser."""
    op.add_column("clarity_sync_jobs", sa.Column("parser_version", sa.Integer))
    op.execute(
        "update clarity_sync_jobs set parser_version = 1"
        " where reason in ('answer_malformed', 'mobile_app_project') and answer_sha256 is not null"
    )
    op.create_index(
        "ix_clarity_sync_jobs_refused",
        "clarity_sync_jobs",
        ["business_id"],
        sqlite_where=_REFUSED,
        postgresql_where=_REFUSED,
    )
