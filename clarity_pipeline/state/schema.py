"""Every table of the state database, in one place: small facts that change, on SQLite or Postgres alike.

DuckDB holds what was measured; this database holds who is synced, what was spent, what happened, and what was said to whom.
A change here needs a migration under `migrations/` (a test compares the two). Instants are aware and UTC on both databases:
SQLAlchemy gives naive ones back from SQLite whatever it was given (measured, `ops.md` section 1.3), hence `UTCDateTime`.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as UTC and given back aware; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse naive instants, convert the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive instant has no place in the state database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the zone back that SQLite forgets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


business_config = sa.Table(
    "clarity_business_config",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("project_id", sa.Text, nullable=False),
    sa.Column("quota_key", sa.Text),  # keyed fingerprint of the token: whose ten calls these are; NULL when disconnected
    sa.Column("token_ciphertext", sa.Text),
    sa.Column("token_expires_at", UTCDateTime),
    sa.Column("token_stored_at", UTCDateTime),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("disabled_reason", sa.Text),  # a stable code; NULL while enabled
    sa.Column("kept_query_parameters", sa.JSON, nullable=False),  # the business's allow-list of URL parameters
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
    sa.Column("token_fingerprint", sa.Text),  # keyed too; its last four characters are all that is ever shown of a token
    sa.Column("enabled_at", UTCDateTime),  # since when; NULL while disabled, and for what was enabled before this column
    sa.Column("shared_allowed", sa.Boolean, nullable=False, server_default=sa.false()),  # to live on another's ten calls
    sa.Column("keep_path_ids", sa.Boolean, nullable=False, server_default=sa.false()),  # numbers in paths tell pages apart
    sa.Column("totals", sa.Boolean, nullable=False, server_default=sa.false()),  # opted in to the fifth call of the day
    sa.Column("back_off", sa.Boolean, nullable=False, server_default=sa.false()),  # fewer dimensions when lanes are cut
    sa.Column("connected_at", UTCDateTime),  # its first token was stored; NULL for a business with imports alone
    sa.Column("site", sa.JSON(none_as_null=True)),  # `connections.site.Site`; NULL until a host is given or seen
)

audit_log = sa.Table(
    "clarity_audit_log",
    metadata,
    sa.Column("entry_id", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("business_id", sa.Text),  # NULL for what concerns the whole installation
    sa.Column("actor", sa.Text, nullable=False),  # cli:<os user>, panel:<account>, pipeline
    sa.Column("action", sa.Text, nullable=False),  # see businesses/audit.py
    sa.Column("detail", sa.JSON, nullable=False),  # never a secret
    sa.Index(None, "business_id", "entry_id"),
)

quota_calls = sa.Table(
    "clarity_quota_calls",
    metadata,
    sa.Column("quota_key", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column(
        "slot",
        sa.Integer,
        sa.CheckConstraint("slot between 1 and 10", name="slot_1_to_10"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("business_id", sa.Text, nullable=False),
    sa.Column("slice", sa.Text),  # NULL for the rows that a 429 fills
    sa.Column("purpose", sa.Text, nullable=False),  # sync, retry, test, portal, refetch, recovery, external
    sa.Column("state", sa.Text, nullable=False),  # claimed, answered, lost, external
    sa.Column("http_status", sa.Integer),
    sa.Column("claimed_at", UTCDateTime, nullable=False),
    sa.Column("settled_at", UTCDateTime),
)

_OTHER_SITE = sa.text("reason = 'other_site'")  # the few lanes that are held back are found without a look at all the others

sync_jobs = sa.Table(
    "clarity_sync_jobs",
    metadata,
    sa.Column("job_id", sa.Integer, primary_key=True),
    sa.Column("business_id", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("slice", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # running, ok, failed, skipped
    sa.Column("reason", sa.Text),
    sa.Column("detail", sa.Text),  # one line for a person
    sa.Column("http_status", sa.Integer),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer),  # rows in the warehouse; NULL until the lane is loaded
    sa.Column("window_start", UTCDateTime),
    sa.Column("window_end", UTCDateTime),
    sa.Column("answer_sha256", sa.Text),
    sa.Column("dagster_run_id", sa.Text),
    sa.Column("started_at", UTCDateTime, nullable=False),
    sa.Column("finished_at", UTCDateTime),
    sa.Column("loaded_at", UTCDateTime),
    sa.UniqueConstraint("business_id", "date", "slice", "attempt"),
    sa.Index(None, "business_id", "loaded_at"),
    sa.Index(None, "business_id", "finished_at"),
    sa.Index("ix_clarity_sync_jobs_other_site", "business_id", sqlite_where=_OTHER_SITE, postgresql_where=_OTHER_SITE),
)

cut_lanes = sa.Table(
    "clarity_cut_lanes",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("slice", sa.Text, primary_key=True),
    sa.Column("asked", sa.Text, nullable=False),  # the dimensions that were asked for, by our names: url,device
    sa.Column("cut", sa.Boolean, nullable=False),  # false: asked with fewer dimensions and not cut
    sa.Column("covered_share", sa.Float),  # of the date's sessions, 0..1; NULL where nothing tells
    sa.Column("method", sa.Text),  # what the share was told from; NULL with the share
)

rules = sa.Table(
    "clarity_rules",
    metadata,
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),  # the validated rule
    sa.Column("updated_at", UTCDateTime, nullable=False),
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
)

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

channels = sa.Table(
    "clarity_channels",
    metadata,
    sa.Column("channel_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),  # email, slack, teams, webhook, action
    sa.Column("config_ciphertext", sa.Text, nullable=False),  # address, secrets, recipients: sealed as tokens are
    sa.Column("businesses", sa.JSON, nullable=False),  # "all", or a list of slugs
    sa.Column("min_severity", sa.Text, nullable=False),  # info, warning, critical
    sa.Column("mode", sa.Text, nullable=False),  # digest, immediate
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("disabled_reason", sa.Text),  # a stable code; NULL while enabled
    sa.Column("dead_in_a_row", sa.Integer, nullable=False),  # messages given up since one was taken
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("updated_at", UTCDateTime, nullable=False),
)

told = sa.Table(
    "clarity_told",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("transition", sa.Text, primary_key=True),  # opened, resolved, ...: what was told, each once
    sa.Column("message_id", sa.Text, nullable=False),  # the message that carries it; a digest carries several
    sa.Index(None, "alert_id"),
    sa.Index(None, "message_id"),
)

outbox = sa.Table(
    "clarity_outbox",
    metadata,
    sa.Column(
        "message_id", sa.Text, primary_key=True
    ),  # stable: of what it tells and the channel, so a receiver can drop repeats
    sa.Column("alert_id", sa.Text, nullable=False),  # empty for a digest: `clarity_told` has its alerts
    sa.Column("transition", sa.Text, nullable=False),  # opened, resolved, ..., digest
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # pending, sent, dead
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", UTCDateTime, nullable=False),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", UTCDateTime),
    sa.Column("last_error", sa.Text),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("sent_at", UTCDateTime),
    sa.Column("expires_at", UTCDateTime),  # after it the message is of no use; NULL where it always is
    sa.Index(None, "state", "created_at"),
    sa.Index(None, "alert_id"),
)

change_markers = sa.Table(
    "clarity_change_markers",
    metadata,
    sa.Column("marker_id", sa.Integer, primary_key=True),
    sa.Column("business_id", sa.Text, nullable=False),
    sa.Column("url", sa.Text),  # canonical; NULL for the whole site
    sa.Column("at", UTCDateTime, nullable=False),  # when it was changed
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),  # cli:<os user>, panel:<account>
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("removed_at", UTCDateTime),
    sa.Index(None, "business_id", "at"),
)

contract_drift = sa.Table(
    "clarity_contract_drift",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),  # the UTC day of the answer
    sa.Column("kind", sa.Text, primary_key=True),  # one of `clarity.contract.KINDS`
    sa.Column("name", sa.Text, primary_key=True),  # cleaned: metric, or metric.field
    sa.Column("seen_at", UTCDateTime, nullable=False),
)

contract_types = sa.Table(
    "clarity_contract_types",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),  # metric.field
    sa.Column("json_type", sa.Text, nullable=False),  # numbers, strings, mixed
    sa.Column("since", UTCDateTime, nullable=False),
)

serving_dates = sa.Table(
    "clarity_serving_dates",
    metadata,
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),  # of what the published copy says of that date
    sa.Column("served_at", UTCDateTime, nullable=False),
)

serving_days = sa.Table(
    "clarity_serving_days",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("sessions", sa.BigInteger, nullable=False),  # page-sessions, as in the mart business_day
    sa.Column("bot_sessions", sa.BigInteger, nullable=False),
    sa.Column("distinct_users", sa.BigInteger),  # a sum over pages: an upper bound
    sa.Column("pages_per_session", sa.Double),
    sa.Column("scroll_depth", sa.Double),
    sa.Column("engagement_time_ms", sa.Double),
    sa.Column("dead_clicks", sa.BigInteger),
    sa.Column("rage_clicks", sa.BigInteger),
    sa.Column("excessive_scroll", sa.BigInteger),
    sa.Column("quick_backs", sa.BigInteger),
    sa.Column("script_errors", sa.BigInteger),
    sa.Column("error_clicks", sa.BigInteger),
    sa.Column("devices", sa.JSON, nullable=False),  # one [device, sessions] a kind of device, the largest first
    sa.Column("quality", sa.Text),  # aligned, shifted, recovered; NULL without a row
    sa.Column("coverage", sa.Double, nullable=False),
    sa.Column("truncated", sa.Boolean, nullable=False),
    sa.Column("window_start", UTCDateTime, nullable=False),
    sa.Column("window_end", UTCDateTime, nullable=False),
    sa.Column("loaded_at", UTCDateTime, nullable=False),
    sa.Index(None, "date"),
)

serving_urls = sa.Table(
    "clarity_serving_urls",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("urls", sa.JSON, nullable=False),  # the day's worst pages, each a list in the order of serving.urls.URL_COLUMNS
    sa.Index(None, "date"),
)

panel_users = sa.Table(
    "clarity_panel_users",
    metadata,
    sa.Column("user_id", sa.Integer, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),  # lower case, as signed in with
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),  # agency_admin, agency_member, client
    sa.Column("password_phc", sa.Text, nullable=False),  # Argon2id with its parameters and salt
    sa.Column("disabled_at", UTCDateTime),
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("password_changed_at", UTCDateTime, nullable=False),
)

panel_memberships = sa.Table(
    "clarity_panel_memberships",
    metadata,
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), primary_key=True),
    sa.Column("business_id", sa.Text, primary_key=True),  # what a client may see; the agency sees all
    sa.Index(None, "business_id"),
)

panel_sign_ins = sa.Table(
    "clarity_panel_sign_ins",
    metadata,
    sa.Column("sign_in_id", sa.Integer, primary_key=True),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),  # of the 32 random bytes in the cookie
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id"), nullable=False),
    sa.Column("browser", sa.Text, nullable=False),  # such as `Firefox on Linux`
    sa.Column("notice", sa.Text),  # said once, by the next page
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("last_seen_at", UTCDateTime, nullable=False),
    sa.Column("ends_at", UTCDateTime, nullable=False),
    sa.Index(None, "user_id"),
)

panel_invites = sa.Table(
    "clarity_panel_invites",
    metadata,
    sa.Column("invite_id", sa.Integer, primary_key=True),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),  # of the 32 random bytes in the link
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("business_ids", sa.JSON, nullable=False),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id")),  # somebody known, who sets a new password
    sa.Column("invited_by", sa.Integer, sa.ForeignKey("clarity_panel_users.user_id")),  # NULL: from the command line
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Column("accepted_at", UTCDateTime),
)

panel_tries = sa.Table(
    "clarity_panel_tries",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),  # keyed fingerprint of an account or an address
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("since", UTCDateTime, nullable=False),  # when the window of these tries began
    sa.Index(None, "since"),
)
