"""The alerts, and what people answered to them."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

alerts = sa.Table(
    "clarity_alerts",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),  # fingerprint of rule and business, and the day it opened
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("business_id", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),  # info, warning, critical
    sa.Column("state", sa.Text, nullable=False),  # pending, firing, resolved
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("last_fired_on", sa.Date, nullable=False),
    sa.Column("resolved_on", sa.Date),
    sa.Column("last_evaluated_on", sa.Date, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False, server_default="business"),
    sa.Column("entity", sa.Text, nullable=False, server_default=""),
    sa.Column("entity_name", sa.Text),
    sa.Column("firing_on", sa.Date),  # when it had held long enough; NULL while it is pending
    sa.Column("unknown_since", sa.Date),
    sa.Index(None, "business_id", "rule_id"),
    sa.Index(None, "resolved_on"),  # a run of the rules looks at those that last, and ended lately
)

acknowledgements = sa.Table(
    "clarity_acknowledgements",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("at", UTCDateTime, nullable=False),
)

silences = sa.Table(
    "clarity_silences",
    metadata,
    sa.Column("silence_id", sa.Integer, primary_key=True),
    sa.Column("rule_id", sa.Text),  # NULL: of all rules; the same for the next three
    sa.Column("business_id", sa.Text),
    sa.Column("scope", sa.Text),
    sa.Column("entity", sa.Text),
    sa.Column("until", UTCDateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("ended_at", UTCDateTime),  # ended by hand before its time
    sa.Column("ended_by", sa.Text),
)

alert_standing = sa.Table(
    "clarity_alert_standing",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("business_id", sa.Text, nullable=False),  # this and the next: what was closed counts for its rule for ever
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("assigned_to", sa.Integer),  # a user of the panel
    sa.Column("snoozed_until", UTCDateTime),
    sa.Column("outcome", sa.Text),  # fixed, not_a_fault, intended, ignored; NULL until somebody closes it
    sa.Column("closed_at", UTCDateTime),
    sa.Column("closed_by", sa.Text),
    sa.Index(None, "closed_at"),
)

alert_history = sa.Table(
    "clarity_alert_history",
    metadata,
    sa.Column("entry_id", sa.Integer, primary_key=True),
    sa.Column("alert_id", sa.Text, nullable=False),
    sa.Column("business_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),  # one of `alerts.answer_log.ACTIONS`
    sa.Column("author", sa.Text, nullable=False),  # cli:<os user>, panel:<account>, portal:<account of a client>
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("text", sa.Text),  # a comment, a reason, a note
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index(None, "alert_id"),
)
