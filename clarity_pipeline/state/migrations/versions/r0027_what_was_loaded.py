"""The ledger of what was loaded: by lane its rows, its sessions and the digest of its answer, and whether that was published."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Make the table; a home with a past fills it from its warehouse with the next `publish`."""
    op.create_table(
        "clarity_lanes_loaded",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("sessions", sa.BigInteger, nullable=False),
        sa.Column("answer_sha256", sa.Text, nullable=False),
        sa.Column("proved", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("business_id", "date", "slice", name="pk_clarity_lanes_loaded"),
    )
    unproved = sa.text("not proved")
    op.create_index(
        "ix_clarity_lanes_loaded_unproved",
        "clarity_lanes_loaded",
        ["business_id"],
        sqlite_where=unproved,
        postgresql_where=unproved,
    )
