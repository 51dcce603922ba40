"""Whether somebody knows the password of an account, and identities that were unlinked."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Of an account that a provider made, and whose password was not set since, nobody knows it."""
    op.add_column("clarity_panel_identities", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.add_column("clarity_panel_users", sa.Column("password_is_known", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(
        "update clarity_panel_users set password_is_known = false where exists ("
        " select 1 from clarity_panel_identities where clarity_panel_identities.user_id = clarity_panel_users.user_id"
        " and clarity_panel_identities.made_at = clarity_panel_users.created_at"
        " and clarity_panel_users.password_changed_at = clarity_panel_users.created_at)"
    )
