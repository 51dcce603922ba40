"""Keys of programs."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add one table; nobody has a key yet."""
    op.create_table(
        "clarity_api_keys",
        sa.Column("key_id", sa.Integer, primary_key=True),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("business_ids", sa.JSON),
        sa.Column("a_minute", sa.Integer, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_on", sa.Date),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("prefix", name="uq_clarity_api_keys_prefix"),
        sa.UniqueConstraint("secret_sha256", name="uq_clarity_api_keys_secret_sha256"),
    )
