"""Business-days wait to be judged until they are; the partition grid has a start that does not move.

Of a home that is known already the grid starts with the earliest date that was loaded, or where it would have started at its
first connect, and the dates of its last week that were loaded and not judged since wait.
"""

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_DAYS = 7


def upgrade() -> None:
    """Make both tables, and fill them from what the home knows."""
    to_judge = op.create_table(
        "clarity_days_to_judge",
        sa.Column("business_id", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("business_id", "date", name="pk_clarity_days_to_judge"),
    )
    grid = op.create_table(
        "clarity_grid",
        sa.Column("grid", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("grid", name="pk_clarity_grid"),
    )
    connection = op.get_bind()
    businesses = sa.table("clarity_business_config", sa.column("created_at", sa.DateTime(timezone=True)))
    first = connection.scalar(sa.select(sa.func.min(businesses.c.created_at)))
    if first is None:
        return
    jobs = sa.table(
        "clarity_sync_jobs",
        *(sa.column(name, sa.Text) for name in ("business_id", "slice")),
        sa.column("date", sa.Date),
        sa.column("loaded_at", sa.DateTime(timezone=True)),
    )
    oldest, newest = connection.execute(
        sa.select(sa.func.min(jobs.c.date), sa.func.max(jobs.c.date)).where(jobs.c.loaded_at.is_not(None))
    ).one()
    starts_on = _three_months_before(first.date())
    starts_on = min(starts_on, oldest) if oldest else starts_on
    op.bulk_insert(grid, [{"grid": "business_days", "starts_on": starts_on, "kept_at": first}])
    if newest is None:
        return
    judged = sa.table(
        "clarity_rule_evaluations",
        sa.column("business_id", sa.Text),
        sa.column("date", sa.Date),
        sa.column("evaluated_at", sa.DateTime(timezone=True)),
    )
    last = (
        sa.select(judged.c.business_id, judged.c.date, sa.func.max(judged.c.evaluated_at).label("at"))
        .group_by(judged.c.business_id, judged.c.date)
        .subquery()
    )
    waiting = (
        sa.select(jobs.c.business_id, jobs.c.date, sa.func.max(jobs.c.loaded_at).label("since"))
        .outerjoin(last, sa.and_(last.c.business_id == jobs.c.business_id, last.c.date == jobs.c.date))
        .where(
            jobs.c.slice.in_(("url_device", "totals")),
            jobs.c.date > newest - timedelta(days=_DAYS),
            jobs.c.loaded_at.is_not(None),
            sa.or_(last.c.at.is_(None), jobs.c.loaded_at > last.c.at),
        )
        .group_by(jobs.c.business_id, jobs.c.date)
    )
    rows = [{**row, "change": "upgrade"} for row in connection.execute(waiting).mappings()]
    if rows:
        op.bulk_insert(to_judge, rows)


def _three_months_before(day: date) -> date:
    months = day.year * 12 + day.month - 1 - 3
    return date(months // 12, months % 12 + 1, 1)
