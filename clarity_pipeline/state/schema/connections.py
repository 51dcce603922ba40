"""Who is synced: one row per business, and one per thing that somebody did to it."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

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
    sa.Column("currency", sa.Text),  # ISO 4217, of what its ads cost; NULL when nobody said
    sa.Column("time_zone", sa.Text),  # IANA, whose days its ad accounts count; NULL when nobody said
    sa.Column("connected_at", UTCDateTime),  # its first token was stored; NULL for a business with imports alone
    sa.Column("site", sa.JSON(none_as_null=True)),  # `connections.site.Site`; NULL until a host is given or seen
    sa.Column("page_settings", sa.JSON(none_as_null=True)),  # `normalize.page_identity`; NULL where all is the default
)

audit_log = sa.Table(
    "clarity_audit_log",
    metadata,
    sa.Column("entry_id", sa.Integer, primary_key=True),
    sa.Column("at", UTCDateTime, nullable=False),
    sa.Column("business_id", sa.Text),  # NULL for what concerns the whole installation
    sa.Column("actor", sa.Text, nullable=False),  # cli:<os user>, panel:<account>, pipeline
    sa.Column("action", sa.Text, nullable=False),  # see connections/audit.py
    sa.Column("detail", sa.JSON, nullable=False),  # never a secret
    sa.Index(None, "business_id", "entry_id"),
    sa.Index(None, "actor", "entry_id"),
    sa.Index(None, "action", "entry_id"),
)
