"""Second factors of the panel's accounts, their recovery codes, who they are elsewhere, and when a password was last given."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make three tables and a column; nobody has a second factor yet."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "clarity_panel_second_factors",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), primary_key=True),
        sa.Column("secret_ciphertext", sa.Text, nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("confirmed_at", instant),
        sa.Column("last_step", sa.Integer),
    )
    op.create_table(
        "clarity_panel_recovery_codes",
        sa.Column("code_fingerprint", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), nullable=False),
    )
    op.create_index(None, "clarity_panel_recovery_codes", ["user_id"])
    op.create_table(
        "clarity_panel_identities",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), nullable=False),
        sa.Column("made_at", instant, nullable=False),
    )
    op.create_index(None, "clarity_panel_identities", ["user_id"])
    op.add_column("clarity_panel_sign_ins", sa.Column("proved_at", instant))
