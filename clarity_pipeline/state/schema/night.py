"""What the night has to remember between its runs: what waits to be taken over or judged, and where the partition grid begins."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

days_to_judge = sa.Table(
    "clarity_days_to_judge",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("change", sa.Text, nullable=False),  # another one with each change, so that one during an evaluation is not lost
    sa.Column("since", UTCDateTime, nullable=False),  # by the pipeline's clock
)

grid = sa.Table(
    "clarity_grid",
    metadata,
    sa.Column("grid", sa.Text, primary_key=True),  # `business_days`, the one there is
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("kept_at", UTCDateTime, nullable=False),
)

jobs_ahead = sa.Table(
    "clarity_jobs_ahead",
    metadata,
    sa.Column("job_id", sa.Integer, sa.ForeignKey("clarity_sync_jobs.job_id", ondelete="CASCADE"), primary_key=True),
)
"""Attempts that were made ahead of their lane's own step, which has not taken them over yet."""
