"""The panel's copy of the published file: a row per business and date, one of its site too, and regime events by business.

Beside it, what has changed of the tables here that are published too, and which publication took over what.
"""

import sqlalchemy as sa

from clarity_pipeline.clarity.measures import SERVED
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
    sa.Column("sessions", sa.BigInteger, nullable=False),  # visits of pages, as in the mart business_day
    sa.Column("bot_sessions", sa.BigInteger, nullable=False),
    *(
        sa.Column(measure.column, sa.BigInteger if measure.fold == "sum" else sa.Double)
        for measure in SERVED
        if measure.column not in {"sessions", "bot_sessions"}
    ),
    sa.Column("devices", sa.JSON, nullable=False),  # one [device, sessions] a kind of device, the largest first
    sa.Column("quality", sa.Text),  # aligned, shifted, recovered; NULL without a row
    sa.Column("coverage", sa.Double, nullable=False),
    sa.Column("truncated", sa.Boolean, nullable=False),
    sa.Column("window_start", UTCDateTime, nullable=False),
    sa.Column("window_end", UTCDateTime, nullable=False),
    sa.Column("loaded_at", UTCDateTime, nullable=False),
    sa.Index(None, "date"),
)

serving_site_days = sa.Table(
    "clarity_serving_site_days",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("sessions", sa.BigInteger, nullable=False),  # each once, as in the mart site_day
    sa.Column("bot_sessions", sa.BigInteger, nullable=False),
    sa.Column("measures", sa.JSON, nullable=False),  # the other served ones, by column
    sa.Column("quality", sa.Text),
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
    sa.Column("urls", sa.JSON, nullable=False),  # the day's worst pages, as worst_urls.packed has them
    sa.Index(None, "date"),
)

serving_breakdowns = sa.Table(
    "clarity_serving_breakdowns",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("breakdowns", sa.JSON, nullable=False),  # by dimension the commonest values, as breakdowns.packed has them
    sa.Index(None, "date"),
)

serving_findings = sa.Table(
    "clarity_serving_findings",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("findings", sa.JSON, nullable=False),  # the rows of clarity_findings of that date
    sa.Index(None, "date"),
)

serving_regimes = sa.Table(
    "clarity_serving_regimes",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("events", sa.JSON, nullable=False),  # those of clarity_regime_events, dates as text, oldest first
)

unpublished = sa.Table(
    "clarity_unpublished",  # written by triggers of the three tables that are published beside the metrics
    metadata,
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),  # of an alert the day on which it opened
)

publication = sa.Table(
    "clarity_publication",
    metadata,
    sa.Column("reader", sa.Text, primary_key=True),  # `file`, or `panel`: what took over
    sa.Column("token", sa.Text, nullable=False),  # of the publication that it has
)
