"""Lanes whose answer is of another site than the business has: kept in the vault, not loaded until a person says so.

Told by the jobs: a lane is held back while the reason of its latest answer is `OTHER_SITE`. `day.site` decides it when the lane
is to be loaded; read by the planner, `doctor`, the panel and `accept`.
"""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from clarity_pipeline.calls.sync_jobs import NO_LONGER_RECOVERABLE, SyncJob
from clarity_pipeline.connections.badge import OTHER_SITE
from clarity_pipeline.connections.site import Site
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs

_c = sync_jobs.c


def held_back(state: StateDatabase, business_ids: Collection[str] | None = None) -> list[SyncJob]:
    """Of each lane that is held back at present its latest attempt, by business and date.

    One that is loaded since, or fetched anew, or lost for good, is held back no more.
    """
    later = sync_jobs.alias()
    over = sa.or_(later.c.loaded_at.is_not(None), later.c.reason == NO_LONGER_RECOVERABLE, later.c.answer_sha256.is_not(None))
    same_lane = (later.c.business_id == _c.business_id, later.c.date == _c.date, later.c.slice == _c.slice)
    query = sa.select(sync_jobs).where(
        _c.reason == sa.literal_column(f"'{OTHER_SITE}'"),  # letter by letter what the index of these few rows says
        ~sa.exists().where(*same_lane, later.c.attempt > _c.attempt, over),
    )
    if business_ids is not None:
        query = query.where(_c.business_id.in_(list(business_ids)))
    with state.read() as connection:
        return [SyncJob.of(row) for row in connection.execute(query.order_by(_c.business_id, _c.date, _c.job_id)).mappings()]


def is_released(job: SyncJob, site: Site | None) -> bool:
    """Whether somebody has said something of the site since: the next sync looks at the lane again."""
    return site is not None and job.finished_at is not None and job.finished_at < site.changed_at


def withdraw(state: StateDatabase, business_id: str, *, date: date, detail: str) -> None:
    """Note of every loaded lane of a date that it is of another site, and not in the warehouse any more."""
    values = {"state": "failed", "reason": OTHER_SITE, "detail": detail, "rows": None, "loaded_at": None}
    loaded = (_c.business_id == business_id, _c.date == date, _c.loaded_at.is_not(None))
    with state.write() as connection:
        connection.execute(sa.update(sync_jobs).where(*loaded).values(**values))
