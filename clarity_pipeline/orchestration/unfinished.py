"""Runs that wait or are at work: what a sensor looks at before it asks for one more."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import dagster as dg

BUSINESS_TAG = "dagster/partition/business"
"""Every run of a business-day has it, of a job as of a backfill."""

DEAD_AFTER = timedelta(minutes=10)
"""A run of ours is over in less, so one that began before that was killed with its process; the daemon notices at once where it
had started the process itself, and else only after half an hour."""

_WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]
_AT_WORK = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


def unfinished(
    instance: dg.DagsterInstance,
    *,
    now: datetime,
    job_name: str | None = None,
    tags: Mapping[str, str] | None = None,
    limit: int = 1,
) -> Sequence[dg.DagsterRun]:
    """At most `limit` runs that have not ended and whose process may still live, by job and tags."""
    tags = dict(tags or {})
    waiting = instance.get_runs(dg.RunsFilter(job_name=job_name, tags=tags, statuses=_WAITING), limit=limit)
    if len(waiting) >= limit:
        return waiting
    at_work = dg.RunsFilter(job_name=job_name, tags=tags, statuses=_AT_WORK, updated_after=now - DEAD_AFTER)
    return [*waiting, *instance.get_runs(at_work, limit=limit - len(waiting))]
