"""Keys of programs."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

api_keys = sa.Table(
    "clarity_api_keys",
    metadata,
    sa.Column("key_id", sa.Integer, primary_key=True),
    sa.Column("prefix", sa.Text, nullable=False, unique=True),  # what people know a key by; it opens nothing
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),  # of the whole key, 256 bits of it random
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),  # read, markers
    sa.Column("business_ids", sa.JSON(none_as_null=True)),  # NULL: every business, those to come too
    sa.Column("a_minute", sa.Integer, nullable=False),  # requests
    sa.Column("created_by", sa.Text, nullable=False),  # cli:<os user>, panel:<account>
    sa.Column("created_at", UTCDateTime, nullable=False),
    sa.Column("expires_at", UTCDateTime, nullable=False),
    sa.Column("last_used_on", sa.Date),  # the UTC day, so that a request costs no write
    sa.Column("revoked_at", UTCDateTime),
)
