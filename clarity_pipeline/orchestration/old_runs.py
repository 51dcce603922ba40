"""Forgetting old runs in Dagster's own storage, so that partitions stay materialised. Called by `retention` and by `prune`.

`DagsterInstance.delete_run` takes a run's materialisations with it, and the grid then says that those days were never loaded. So
of a finished run that is older than the days to keep, everything goes but what is the newest of its asset and partition: the
materialisation, observation or failure, that it was asked for where nothing came of it yet, and the evaluation of each check; and
the run that these link to. A run of which nothing is left goes by `delete_run`.

Snapshots of jobs and plans stay: there is one for each version of the definitions and not one a night, and a run names that of
its plan in its body alone, so that no query tells which are left without one. A backfill's own row stays: a person asked for it.

It goes on where it was the last time, in batches of a transaction each, so that a night costs what a night made. In a SQLite file
the room is used again and not given back (no run may be going on for that: `vacuum`).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import sqlalchemy as sa

RUNS_A_BATCH = 50
_CURSOR = "clarity_pipeline/old_runs"
_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]

_MADE = "ASSET_MATERIALIZATION"
_ASKED_FOR = "ASSET_MATERIALIZATION_PLANNED"
_KEPT_TYPES = (_MADE, _ASKED_FOR, "ASSET_OBSERVATION", "ASSET_FAILED_TO_MATERIALIZE")

_INDEXES = {
    "clarity_evaluations_of_runs": "run_id",
    "clarity_evaluations_of_partitions": "asset_key, check_name, partition, id",
}

_events = sa.table("event_logs", *map(sa.column, ("id", "run_id", "event", "dagster_event_type", "asset_key", "partition")))
_tags = sa.table("asset_event_tags", sa.column("event_id"))
_checks = sa.table(
    "asset_check_executions", *map(sa.column, ("id", "run_id", "asset_key", "check_name", "partition", "evaluation_event"))
)
_event, _check = _events.c, _checks.c


@dataclass(slots=True)
class OldRuns:
    """What goes, or went: finished runs that were looked at, those of which nothing is left, events and their bytes."""

    before: datetime
    looked_at: int = 0
    runs: int = 0
    events: int = 0
    evaluations: int = 0
    size_bytes: int = 0


def forget_old_runs(instance: dg.DagsterInstance, *, now: datetime, days: int, forget: bool, most_runs: int = 20_000) -> OldRuns:
    """Let go what is older than `days`; only counted without `forget`. At most so many runs at once: the next time goes on."""
    gone = OldRuns(before=now - timedelta(days=days))
    for runs in _batches(instance, gone.before, remember=forget):
        _of_batch(instance, [run.dagster_run.run_id for run in runs], gone, forget=forget)
        gone.looked_at += len(runs)
        if gone.looked_at >= most_runs:
            break
    return gone


def _batches(instance: dg.DagsterInstance, before: datetime, *, remember: bool) -> Iterator[Sequence[dg.RunRecord]]:
    """Finished runs in the order in which they ended, behind those of the last time."""
    stored = instance.daemon_cursor_storage.get_cursor_values({_CURSOR}).get(_CURSOR)
    after = datetime.fromisoformat(stored) if stored else None
    while True:
        filters = dg.RunsFilter(statuses=_FINISHED, updated_after=after, updated_before=before)
        runs = instance.get_run_records(filters, limit=RUNS_A_BATCH, order_by="update_timestamp", ascending=True)
        if not runs:
            return
        yield runs
        after = runs[-1].update_timestamp.astimezone(UTC)
        if remember:
            instance.daemon_cursor_storage.set_cursor_values({_CURSOR: after.isoformat()})


def _of_batch(instance: dg.DagsterInstance, run_ids: list[str], gone: OldRuns, *, forget: bool) -> None:
    storage: Any = instance.event_log_storage  # each of Dagster's that keeps events in SQL has this connection
    with storage.index_connection() as connection:
        newest, superseded = _newest_and_superseded(connection, run_ids)
        kept_checks, old_checks, asked_of = _evaluations(connection, run_ids)
        old = sa.and_(_event.run_id.in_(run_ids), _event.id.not_in(newest))
        count, size = connection.execute(sa.select(sa.func.count(), sa.func.sum(sa.func.length(_event.event))).where(old)).one()
        gone.events += count + len(superseded)
        gone.size_bytes += size or 0
        gone.evaluations += len(old_checks)
        earlier: set[str] = set()
        left = kept_checks | {row.run_id for row in connection.execute(sa.select(_event.run_id).where(_event.id.in_(newest)))}
        if forget:
            going = [*superseded, *connection.scalars(sa.select(_event.id).where(old))]
            for ids in _slices(going):
                connection.execute(sa.delete(_tags).where(_tags.c.event_id.in_(ids)))
                connection.execute(sa.delete(_events).where(_event.id.in_(ids)))
            for ids in _slices(sorted(old_checks)):
                connection.execute(sa.delete(_checks).where(_check.id.in_(ids)))
            earlier = {*superseded.values(), *asked_of} - set(run_ids)
            left |= _with_something_left(connection, earlier)
    nothing_left = {*run_ids, *earlier} - left
    gone.runs += len(nothing_left)
    if forget:
        for run_id in nothing_left:
            instance.delete_run(run_id)


def _newest_and_superseded(connection: sa.Connection, run_ids: Collection[str]) -> tuple[list[int], dict[int, str]]:
    """Events of the runs that stay, and those of earlier runs (by id, the run) that stayed until these came."""
    of_runs = sa.select(_event.asset_key, _event.partition).where(
        _event.run_id.in_(run_ids), _event.asset_key.is_not(None), _event.dagster_event_type.in_(_KEPT_TYPES)
    )
    newest: list[int] = []
    superseded: dict[int, str] = {}
    for asset_key, partition in connection.execute(of_runs.distinct()).all():
        same = (_event.asset_key == asset_key, _event.dagster_event_type.in_(_KEPT_TYPES), _event.partition == partition)
        found = connection.execute(sa.select(_event.id, _event.run_id, _event.dagster_event_type).where(*same)).all()
        last = {kind: max(row.id for row in found if row.dagster_event_type == kind) for kind in {row[2] for row in found}}
        if last.get(_ASKED_FOR, 0) < last.get(_MADE, 0):
            del last[_ASKED_FOR]
        of_these = [row.id for row in found if row.run_id in run_ids]
        newest += [place for place in last.values() if place in of_these]
        superseded |= {row.id: row.run_id for row in found if row.id not in last.values() and row.id < min(of_these)}
    return newest, superseded


def _evaluations(connection: sa.Connection, run_ids: Collection[str]) -> tuple[set[str], set[int], set[str]]:
    """Runs with the newest evaluation of a check; evaluations that are superseded, those of earlier runs too, and their runs."""
    _index(connection)
    of_runs = sa.select(_check.asset_key, _check.check_name, _check.partition).where(_check.run_id.in_(run_ids)).distinct()
    kept: set[str] = set()
    old: set[int] = set()
    asked_of: set[str] = set()
    for asset_key, check_name, partition in connection.execute(of_runs).all():
        same = (_check.asset_key == asset_key, _check.check_name == check_name, _check.partition == partition)
        found = connection.execute(sa.select(_check.id, _check.run_id).where(*same).order_by(_check.id)).all()
        newest = found[-1]
        if newest.run_id in run_ids:
            kept.add(newest.run_id)
        last_of_these = max(row.id for row in found if row.run_id in run_ids)
        going = [row for row in found[:-1] if row.id <= last_of_these]
        old |= {row.id for row in going}
        asked_of |= {row.run_id for row in going}
    return kept, old, asked_of


def _with_something_left(connection: sa.Connection, run_ids: Collection[str]) -> set[str]:
    """Those of earlier runs to which an event or an evaluation still links."""
    events = sa.select(_event.run_id).where(_event.run_id.in_(run_ids)).distinct()
    checks = sa.select(_check.run_id).where(_check.run_id.in_(run_ids)).distinct()
    return {*connection.scalars(events), *connection.scalars(checks)}


def _index(connection: sa.Connection) -> None:
    """Dagster looks evaluations up by asset and check alone, over all partitions there ever were; by these nobody has to."""
    for name, columns in _INDEXES.items():
        connection.execute(sa.text(f"create index if not exists {name} on asset_check_executions ({columns})"))


def _slices(ids: Sequence[int], size: int = 5000) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
