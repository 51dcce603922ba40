"""How many runs and events Dagster keeps, for `doctor --sizes`. Reads only."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg
import sqlalchemy as sa

from clarity_pipeline.settings.settings import Settings, utc_now
from clarity_pipeline.upkeep.kept import LAST_DAYS, Kept

_events = sa.table("event_logs", sa.column("id"), sa.column("event"), sa.column("timestamp", sa.DateTime))


def kept_runs(instance: dg.DagsterInstance, settings: Settings) -> Iterator[Kept]:
    """Runs by their number, events with their bytes as they are stored, without what the database needs beside them."""
    since = utc_now() - timedelta(days=LAST_DAYS)
    forgotten: dict[str, Any] = {"kept_days": settings.runs_days, "forgotten_by": "prune --runs-days"}
    oldest = instance.get_run_records(limit=1, ascending=True)
    lately = instance.get_runs_count(dg.RunsFilter(created_after=since))
    yield Kept(
        "runs",
        instance.get_runs_count(),
        oldest=oldest[0].create_timestamp.date() if oldest else None,
        a_day=lately / LAST_DAYS,
        **forgotten,
    )
    storage: Any = instance.event_log_storage  # each of Dagster's that keeps events in SQL has this connection
    with storage.index_connection() as connection:
        items, size = connection.execute(sa.select(sa.func.count(), sa.func.sum(sa.func.length(_events.c.event)))).one()
        first = connection.scalar(sa.select(_events.c.timestamp).order_by(_events.c.id).limit(1))
        recent = sa.select(sa.func.count()).where(_events.c.timestamp >= since.replace(tzinfo=None))
        lately = connection.scalar(recent.select_from(_events)) or 0
    yield Kept("events", items, int(size or 0), oldest=first.date() if first else None, a_day=lately / LAST_DAYS, **forgotten)
