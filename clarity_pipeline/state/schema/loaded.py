"""What the warehouse was given: a row a lane, so that a warehouse that knows less is seen before it is published."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import metadata

lanes_counted = sa.Table(
    "clarity_lanes_counted",
    metadata,
    sa.Column("ledger", sa.Text, primary_key=True),  # `lanes_loaded`, the one there is
    sa.Column("lanes", sa.BigInteger, nullable=False),  # rows of `clarity_lanes_loaded`, kept by its triggers
)

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
