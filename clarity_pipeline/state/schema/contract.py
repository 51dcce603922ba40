"""What is known of the form of Clarity's answers, and where an answer differed from it."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

contract_drift = sa.Table(
    "clarity_contract_drift",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),  # the UTC day of the answer
    sa.Column("kind", sa.Text, primary_key=True),  # one of `clarity.contract.Kind`
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
