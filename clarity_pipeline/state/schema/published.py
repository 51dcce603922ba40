"""The panel's copy of the published file: one row per business and date."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

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
    sa.Column("urls", sa.JSON, nullable=False),  # the day's worst pages, each a list in the order of worst_urls.URL_COLUMNS
    sa.Index(None, "date"),
)
