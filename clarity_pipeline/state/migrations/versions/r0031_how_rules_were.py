"""How each rule was before it was changed, and by whom; of what was changed before this, the last state is all that is known."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Each rule begins with what it is now."""
    op.create_table(
        "clarity_rule_revisions",
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text),
    )
    op.execute(
        "insert into clarity_rule_revisions (rule_id, revision, document, at, author)"
        " select rule_id, revision, document, updated_at, author from clarity_rules"
    )
