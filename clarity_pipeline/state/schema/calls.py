"""What was spent and what became of it: the ten calls of a day, the jobs, the lanes that Clarity cut."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

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
    sa.Index(None, "day"),
)

_REFUSED = sa.text("parser_version is not null")
_UNLOADED = sa.text("loaded_at is null")  # what retention lets go first, of all that are old
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
    sa.Column("parser_version", sa.Integer),  # of the parser that refused the kept answer; a newer one reads it again
    sa.UniqueConstraint("business_id", "date", "slice", "attempt"),
    sa.Index(None, "date"),
    sa.Index(None, "business_id", "loaded_at"),
    sa.Index(None, "business_id", "finished_at"),
    sa.Index("ix_clarity_sync_jobs_unloaded", "date", sqlite_where=_UNLOADED, postgresql_where=_UNLOADED),
    sa.Index("ix_clarity_sync_jobs_other_site", "business_id", sqlite_where=_OTHER_SITE, postgresql_where=_OTHER_SITE),
    sa.Index("ix_clarity_sync_jobs_refused", "business_id", sqlite_where=_REFUSED, postgresql_where=_REFUSED),
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
