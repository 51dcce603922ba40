"""What the warehouse was given: a row a lane, so that a warehouse that knows less is seen before it is published."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import metadata

_UNPROVED = sa.text("not proved")

lanes_loaded = sa.Table(
    "clarity_lanes_loaded",
    metadata,
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("slice", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("sessions", sa.BigInteger, nullable=False),  # of all its rows together, at most 2^63 - 1
    sa.Column("answer_sha256", sa.Text, nullable=False),
    sa.Column("proved", sa.Boolean, nullable=False),  # whether a publication has held it against the warehouse since
    sa.Index("ix_clarity_lanes_loaded_unproved", "business_id", sqlite_where=_UNPROVED, postgresql_where=_UNPROVED),
)
