"""Changes to a site that somebody marked."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

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
