"""What the state database tells of old days: what of it is old enough to go, and its going. Called by `orchestration.retention`.

Never what is open or what others go by: an attempt that runs, waits for its step, is held back or refused; each business's last
good attempt at a lane and all behind it; an attempt that loaded an answer which the vault still has, since `replay` goes by it;
what fired, and what was evaluated while an alert that lasts was open. Alerts and what was told of them stay for ever.

It goes in batches of a transaction each, so that no lane of a night waits for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.clarity.recoverable import DAYS_LATE
from clarity_pipeline.connections.badge import OTHER_SITE
from clarity_pipeline.home import Home
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.calls import quota_calls, sync_jobs
from clarity_pipeline.state.schema.night import jobs_ahead
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.upkeep.retention import Pruned

BATCH = 2000
"""Rows of a transaction: some 50 ms, with the notes of what is to be published."""

Moved = Callable[[int], None]
"""Told after each batch how many rows are through."""

_Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class _Old:
    """Rows of one table that may go, and the column of their date."""

    place: str
    table: sa.Table
    day: sa.ColumnElement[date]
    kept_from: date
    which: _Condition


def prune_jobs(home: Home, *, days: int, forget: bool, moved: Moved = lambda _: None) -> list[Pruned]:
    """Jobs and calls of all dates but the newest `days`; removed only with `forget`."""
    kept_from = _kept_from(home, days)
    return [
        _prune(home, _Old("jobs", sync_jobs, sync_jobs.c.date, kept_from, _old_jobs(home, kept_from)), forget, moved),
        _prune(home, _Old("calls", quota_calls, quota_calls.c.day, kept_from, _old_calls()), forget, moved),
    ]


def prune_evaluations(home: Home, *, days: int, forget: bool, moved: Moved = lambda _: None) -> list[Pruned]:
    """The same of what rules said."""
    kept_from = _kept_from(home, days)
    old = _Old("evaluations", rule_evaluations, rule_evaluations.c.date, kept_from, _old_evaluations())
    return [_prune(home, old, forget, moved)]


def _old_jobs(home: Home, kept_from: date) -> _Condition:
    job, later = sync_jobs.c, sync_jobs.alias()
    is_open = sa.or_(
        job.state == "running",
        job.parser_version.is_not(None),
        sa.func.coalesce(job.reason, "") == OTHER_SITE,
        job.job_id.in_(sa.select(jobs_ahead.c.job_id)),
    )
    good_since = (
        sa.exists()
        .where(later.c.business_id == job.business_id, later.c.slice == job.slice, later.c.date > job.date)
        .where(later.c.state == "ok", later.c.loaded_at.is_not(None))
    )
    brought_nothing: _Condition = job.loaded_at.is_(None)
    if home.settings.vault_days is not None:  # while all answers are kept, so are all that were loaded
        brought_nothing = sa.or_(brought_nothing, job.date < _vault_begins(home, kept_from))
    return sa.and_(~is_open, good_since, brought_nothing)


def _vault_begins(home: Home, kept_from: date) -> date:
    """The first date that an answer of the vault may tell."""
    found = home.vault.business_days()
    return min(found[0][0] - timedelta(days=max(DAYS_LATE)), kept_from) if found else kept_from


def _old_calls() -> _Condition:
    """But those of the last day on which a token was known to work."""
    call, later = quota_calls.c, quota_calls.alias()
    same = (later.c.quota_key == call.quota_key, later.c.business_id == call.business_id, later.c.day > call.day)
    return sa.exists().where(*same, later.c.http_status == 200)


def _old_evaluations() -> _Condition:
    said, lasts = rule_evaluations.c, alerts.c
    of_it = (lasts[key] == said[key] for key in ("business_id", "rule_id", "scope", "entity"))
    held = sa.exists().where(*of_it, lasts.resolved_on.is_(None), lasts.opened_on <= said.date)
    return sa.and_(said.outcome != "fired", ~held)


def _prune(home: Home, old: _Old, forget: bool, moved: Moved) -> Pruned:
    which = sa.and_(old.day < old.kept_from, old.which)
    summed = sa.select(sa.func.count(), sa.func.min(old.day), sa.func.max(old.day)).where(which).select_from(old.table)
    with home.state.read() as connection:
        items, oldest, newest = connection.execute(summed).one()
    if forget and items:
        _forget(home, old, which, since=oldest, moved=moved)
    return Pruned(old.place, old.kept_from, items=items, oldest=oldest, newest=newest)


def _forget(home: Home, old: _Old, which: _Condition, *, since: date, moved: Moved) -> None:
    """From the oldest on, each batch from where the one before ended: what stays of old dates is walked over once."""
    keys = list(old.table.primary_key.columns)
    through = 0
    while True:
        batch = sa.select(*keys, old.day.label("on")).where(which, old.day >= since).order_by(old.day).limit(BATCH)
        with home.state.write() as connection:
            rows: list[Any] = list(connection.execute(batch).all())
            if rows:
                same = sa.and_(*(key == sa.bindparam(f"key_{key.name}") for key in keys))
                found = [{f"key_{key.name}": value for key, value in zip(keys, row, strict=False)} for row in rows]
                connection.execute(sa.delete(old.table).where(same), found)
        if not rows:
            return
        since = rows[-1].on
        through += len(rows)
        moved(through)


def _kept_from(home: Home, days: int) -> date:
    """Counted back from yesterday or from the newest date that has a job, whichever is earlier: a wrong clock empties nothing."""
    with home.state.read() as connection:
        newest = connection.scalar(sa.select(sync_jobs.c.date).order_by(sync_jobs.c.date.desc()).limit(1))
    return min(home.yesterday(), newest or date.max) - timedelta(days=days - 1)
