"""Groups of businesses: names that people give to some of them, so that what is done for many is said once."""

import sqlalchemy as sa

from clarity_pipeline.state.schema.base import UTCDateTime, metadata

business_groups = sa.Table(
    "clarity_business_groups",
    metadata,
    sa.Column("group_id", sa.Text, primary_key=True),  # a slug, by which commands and addresses call it
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", UTCDateTime, nullable=False),
)

business_group_members = sa.Table(
    "clarity_business_group_members",
    metadata,
    sa.Column("group_id", sa.Text, sa.ForeignKey("clarity_business_groups.group_id"), primary_key=True),
    sa.Column("business_id", sa.Text, primary_key=True),
    sa.Index(None, "business_id"),
)
