"""Evaluations and alerts of a page or an ad entity, with what decided them; rules know their author."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OLD = "rule_id, business_id, date, revision, outcome, reason, evidence, evaluated_at"


def upgrade() -> None:
    """The evaluations' key grows, so their table is made anew; what was there is about whole businesses."""
    op.rename_table("clarity_rule_evaluations", "clarity_rule_evaluations_before")
    op.create_table(
        "clarity_rule_evaluations",
        sa.Column("rule_id", sa.Text),
        sa.Column("business_id", sa.Text),
        sa.Column("scope", sa.Text),
        sa.Column("entity", sa.Text),
        sa.Column("date", sa.Date),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("entity_name", sa.Text),
        sa.Column("n", sa.BigInteger),
        sa.Column("value", sa.Float),
        sa.Column("expected", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("p", sa.Float),
        sa.Column("quality", sa.JSON),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", "business_id", "scope", "entity", "date", name="pk_clarity_evaluations_of_entities"),
    )
    op.execute(
        f"insert into clarity_rule_evaluations ({_OLD}, scope, entity) "  # noqa: S608 (constants)
        f"select {_OLD}, 'business', '' from clarity_rule_evaluations_before"
    )
    op.drop_table("clarity_rule_evaluations_before")
    op.add_column("clarity_alerts", sa.Column("scope", sa.Text, nullable=False, server_default="business"))
    op.add_column("clarity_alerts", sa.Column("entity", sa.Text, nullable=False, server_default=""))
    op.add_column("clarity_alerts", sa.Column("entity_name", sa.Text))
    op.add_column("clarity_rules", sa.Column("author", sa.Text))
