"""How each connection is: its badge, when it was last synced, what is left of the day.

For the command line, the panel, the portal and the rules. All businesses come out of one query whose every look-up is in an
index, so that a list of a thousand is shown at once. Nothing is spent, opened or changed here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.connections.badge import Badge, Facts, badge_of
from clarity_pipeline.connections.business import Business, business_of, unknown_business
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import quota_calls, sync_jobs
from clarity_pipeline.state.schema.connections import business_config


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """A business as `status` and the panel show it; `last_synced_at` is when Clarity last answered for it with a new date."""

    business: Business
    badge: Badge
    last_synced_at: datetime | None
    calls_used_today: int
    calls_left_today: int


def connection_statuses(
    state: StateDatabase, *, clock: Clock, business_ids: Collection[str] | None = None
) -> list[ConnectionStatus]:
    """Those of `business_ids`, or of all, by slug; in one query whatever their number. Unknown ones are left out."""
    with state.read() as connection:
        return statuses_at(connection, now=clock(), business_ids=business_ids)


def statuses_at(
    connection: sa.Connection, *, now: datetime, business_ids: Collection[str] | None = None
) -> list[ConnectionStatus]:
    """The same at the instant `now`, for who reads more than that in one snapshot."""
    return [
        ConnectionStatus(
            business=facts.business,
            badge=badge_of(facts),
            last_synced_at=facts.last_synced_at,
            calls_used_today=facts.calls_used_today,
            calls_left_today=CALLS_A_DAY - facts.calls_used_today if facts.business.quota_key else 0,
        )
        for facts in _facts_at(connection, now=now, business_ids=business_ids)
    ]


def connection_status(state: StateDatabase, business_id: str, *, clock: Clock) -> ConnectionStatus:
    """That of one business; `UnknownBusiness` names the known ones."""
    found = connection_statuses(state, clock=clock, business_ids=[business_id])
    if not found:
        with state.read() as connection:
            raise unknown_business(connection, business_id)
    return found[0]


def facts_of(state: StateDatabase, *, clock: Clock) -> list[Facts]:
    """The facts behind the badges of all, by slug."""
    with state.read() as connection:
        return _facts_at(connection, now=clock())


def _facts_at(connection: sa.Connection, *, now: datetime, business_ids: Collection[str] | None = None) -> list[Facts]:
    query = _facts(now)
    if business_ids is not None:
        query = query.where(business_config.c.business_id.in_(list(business_ids)))
    rows = connection.execute(query).mappings().all()
    return [Facts(business=business_of(row), now=now, **{name: row[name] for name in _DERIVED}) for row in rows]


NOTHING_ANSWERED = ("quota_spent", "day_not_fetchable", "capture_busy", "disabled")
"""Reasons of a try that brought no answer, so that the one before it says more."""


def _answered_at(job: sa.ColumnCollection[str, Any]) -> sa.ColumnElement[datetime]:
    """When Clarity gave what a job loaded: a job that found its answer in the vault ends much later than that.

    The window of an answer ends when it was asked for; that of a recovered date ends with the date, and its calls came
    just before the job's end.
    """
    is_recovered = sa.and_(job.reason == _RECOVERED, job.calls > 0)
    return sa.case((is_recovered, job.finished_at), else_=sa.func.coalesce(job.window_end, job.finished_at))


_RECOVERED = "recovered"
"""The reason of a job whose date was made of two longer answers (`calls.sync_jobs`)."""

_DERIVED = ("calls_used_today", "last_answer_at", "last_synced_at", "last_reason", "last_job_at")


def _facts(now: datetime) -> sa.Select[tuple[object, ...]]:
    """Every business with what is derived of it; each look-up walks an index from its newest end and stops at the first hit."""
    business, call, job = business_config.c, quota_calls.c, sync_jobs.c
    of_project, of_business = call.quota_key == business.quota_key, job.business_id == business.business_id

    def of_its_own(calls: sa.FromClause) -> tuple[sa.ColumnElement[bool], ...]:
        """An answer to another business that shares the project says nothing of this one's token."""
        return calls.c.business_id == business.business_id, calls.c.http_status == 200

    used = sa.select(sa.func.count()).where(of_project, call.day == now.date())
    earlier = quota_calls.alias()
    last_day = (
        sa.select(earlier.c.day)
        .where(earlier.c.quota_key == business.quota_key, *of_its_own(earlier))
        .order_by(earlier.c.day.desc())
        .limit(1)
    )
    answered = sa.select(sa.func.max(call.settled_at)).where(
        of_project, call.day == last_day.correlate(business_config).scalar_subquery(), *of_its_own(quota_calls)
    )
    finished = (
        sa.select(job.finished_at).where(of_business, job.finished_at.is_not(None)).order_by(job.finished_at.desc()).limit(1)
    )
    newer = sync_jobs.alias()
    newest_date = (  # walks the unique key from its newest end
        sa.select(newer.c.date)
        .where(newer.c.business_id == business.business_id, newer.c.state == "ok", newer.c.loaded_at.is_not(None))
        .order_by(newer.c.date.desc())
        .limit(1)
    )
    synced = sa.select(sa.func.max(_answered_at(job))).where(
        of_business,
        job.date == newest_date.correlate(business_config).scalar_subquery(),
        job.state == "ok",
        job.loaded_at.is_not(None),
    )
    reason = (  # of the newest date: a recovery of an older one that is refused comes last, and neither it is what is wrong,
        # nor a later try of the same date that was refused before anything was answered
        sa.select(sa.case((job.state != "ok", job.reason)))
        .where(of_business, job.state != "running")
        .order_by(job.date.desc(), sa.case((job.reason.in_(NOTHING_ANSWERED), 1), else_=0), job.job_id.desc())
        .limit(1)
    )
    looked_up = (used, answered, synced, reason, finished)
    return sa.select(
        business_config,
        *(each.correlate(business_config).scalar_subquery().label(name) for name, each in zip(_DERIVED, looked_up, strict=True)),
    ).order_by(business.business_id)
