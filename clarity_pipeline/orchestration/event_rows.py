"""The rows that an event makes in Dagster's tables, written by the driver itself: a quarter of the time, the same rows.

Dagster builds each of up to seven statements an event anew, asks for its columns first and serialises an event twice or three
times: a fifth of the processor time of a business-day. A test holds every row against what Dagster's own class writes of the same
events. Called by `event_log` in its transaction.
"""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime

import dagster as dg

from clarity_pipeline.orchestration.packed_events import packed

_EVENT = """
    insert into event_logs (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
    values (?, ?, ?, ?, ?, ?, ?)
"""
_TAG = "insert into asset_event_tags (event_id, asset_key, key, value, event_timestamp) values (?, ?, ?, ?, ?)"
_PLANNED = """
    insert into asset_keys (asset_key, last_run_id, last_materialization_timestamp) values (?, ?, ?)
    on conflict (asset_key) do update set
        last_run_id = excluded.last_run_id, last_materialization_timestamp = excluded.last_materialization_timestamp
"""
_MATERIALIZED = """
    insert into asset_keys (asset_key, last_run_id, last_materialization_timestamp, last_materialization) values (?, ?, ?, ?)
    on conflict (asset_key) do update set
        last_run_id = excluded.last_run_id, last_materialization_timestamp = excluded.last_materialization_timestamp,
        last_materialization = excluded.last_materialization
"""
_CHECKED_AS_PLANNED = """
    update asset_check_executions set
        execution_status = ?, evaluation_event = ?, evaluation_event_timestamp = ?, evaluation_event_storage_id = ?,
        materialization_event_storage_id = ?
    where asset_key = ? and check_name = ? and run_id = ? and partition is ?
"""
_CHECKED = """
    insert into asset_check_executions (
        execution_status, evaluation_event, evaluation_event_timestamp, evaluation_event_storage_id,
        materialization_event_storage_id, asset_key, check_name, run_id, partition
    ) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_OF_ASSETS = {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED}
_LEFT_TO_DAGSTER = {
    dg.DagsterEventType.ASSET_OBSERVATION,
    dg.DagsterEventType.ASSET_FAILED_TO_MATERIALIZE,
    dg.DagsterEventType.FRESHNESS_STATE_CHANGE,
}


def write(connection: sqlite3.Connection, event: dg.EventLogEntry, *, tags: Mapping[str, str]) -> bool:
    """Write the rows of an event; False of one that is left to Dagster's class. `tags` are those that it is looked up by."""
    kind, said = event.dagster_event_type, event.dagster_event
    if kind in _LEFT_TO_DAGSTER or not event.run_id:
        return False
    text = dg.serialize_value(event)
    at = datetime.fromtimestamp(event.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    step_key, asset, partition = event.step_key, None, None
    if said is not None:
        step_key, partition = said.step_key, said.partition or None
        asset = said.asset_key.to_string() if said.asset_key else None
    row = (event.run_id, packed(text), said.event_type_value if said else None, at, step_key, asset, partition)
    event_id = connection.execute(_EVENT, row).lastrowid
    if asset is not None and kind in _OF_ASSETS:
        connection.executemany(_TAG, [(event_id, asset, key, value, at) for key, value in tags.items()])
        if kind is dg.DagsterEventType.ASSET_MATERIALIZATION:
            record = f'{{"__class__": "EventLogRecord", "event_log_entry": {text}, "storage_id": {event_id}}}'
            connection.execute(_MATERIALIZED, (asset, event.run_id, at, packed(record)))
        else:
            connection.execute(_PLANNED, (asset, event.run_id, at))
    if said is not None and kind is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        _write_check(
            connection, said.asset_check_evaluation_data, run_id=event.run_id, text=packed(text), at=at, event_id=event_id
        )
    return True


def _write_check(
    connection: sqlite3.Connection, found: dg.AssetCheckEvaluation, *, run_id: str, text: str, at: str, event_id: int | None
) -> None:
    target = found.target_materialization_data
    verdict = ("SUCCEEDED" if found.passed else "FAILED", text, at, event_id, target.storage_id if target else None)
    row = (*verdict, found.asset_key.to_string(), found.check_name, run_id, found.partition)
    if connection.execute(_CHECKED_AS_PLANNED, row).rowcount == 0:
        connection.execute(_CHECKED, row)
