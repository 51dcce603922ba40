"""The accounts of the panel: who may sign in, to see what, and who is signed in.

Of every secret (password, cookie, invite) only what cannot be turned back is stored.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the five tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "clarity_panel_users",
        sa.Column("user_id", sa.Integer, primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_phc", sa.Text, nullable=False),
        sa.Column("disabled_at", instant),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("password_changed_at", instant, nullable=False),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "clarity_panel_memberships",
        sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), primary_key=True),
        sa.Column("business_id", sa.Text, primary_key=True),
    )
    op.create_index(None, "clarity_panel_memberships", ["business_id"])
    op.create_table(
        "clarity_panel_sign_ins",
        sa.Column("sign_in_id", sa.Integer, primary_key=True),
        sa.Column("secret_sha256", sa.Text, nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.Column("notice", sa.Text),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("last_seen_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.UniqueConstraint("secret_sha256"),
    )
    op.create_index(None, "clarity_panel_sign_ins", ["user_id"])
    op.create_table(
        "clarity_panel_invites",
        sa.Column("invite_id", sa.Integer, primary_key=True),
        sa.Column("secret_sha256", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("business_ids", sa.JSON, nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id")),
        sa.Column("invited_by", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id")),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("accepted_at", instant),
        sa.UniqueConstraint("secret_sha256"),
    )
    op.create_table(
        "clarity_panel_tries",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("since", instant, nullable=False),
    )
    op.create_index(None, "clarity_panel_tries", ["since"])
