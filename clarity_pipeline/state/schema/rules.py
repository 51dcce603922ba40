"""The stored rules, how each was before, and what each said of a business, page or ad on a date."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

_FIRED = sa.text("outcome = 'fired'")

rules = sa.Table(
    "clarity_rules",
    metadata,
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),  # the validated rule
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("author", sa.Text),
)

rule_revisions = sa.Table(
    "clarity_rule_revisions",
    metadata,
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("document", sa.JSON, nullable=False),  # the whole rule as it was from then on
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("author", sa.Text),
)

rule_evaluations = sa.Table(
    "clarity_rule_evaluations",
    metadata,
    sa.Column("rule_id", sa.Text),
    sa.Column("business_id", sa.Text),
    sa.Column("scope", sa.Text),  # business, url, campaign, ad_set, ad
    sa.Column("entity", sa.Text),  # empty for a business
    sa.Column("date", sa.Date),  # the last day of the window
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),  # fired, not, unknown
    sa.Column("reason", sa.Text),
    sa.Column("entity_name", sa.Text),
    sa.Column("n", sa.BigInteger),  # sessions in the window of the leaf that decided
    sa.Column("value", sa.Float),  # this and the next three: of that leaf, in its metric's unit
    sa.Column("expected", sa.Float),
    sa.Column("threshold", sa.Float),
    sa.Column("p", sa.Float),
    sa.Column("quality", sa.JSON),  # of the data in the window: `rules.engine.evidence.Quality`
    sa.Column("evidence", sa.JSON, nullable=False),  # one entry a leaf: metric, window, value, threshold, verdict
    sa.Column("evaluated_at", UTCDateTime, nullable=False),
    sa.Column("attached", sa.JSON),  # of an ad entity: the ten metrics of its business and of its landing page, by name
    sa.PrimaryKeyConstraint("rule_id", "business_id", "scope", "entity", "date", name="pk_clarity_evaluations_of_entities"),
    sa.Index(None, "date", "business_id"),  # what is published of it is asked by date
    sa.Index("ix_clarity_rule_evaluations_fired", "date", "business_id", sqlite_where=_FIRED, postgresql_where=_FIRED),
)
