"""What a night left behind, read straight out of its files, so that any release can be asked: each fact is a set of tuples.

Dates, names, numbers and outcomes are facts; ids of runs, instants and seconds are not. Opened with SQLite and DuckDB alone.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from clarity_pipeline.orchestration.packed_events import unpacked

Facts = Mapping[str, frozenset[tuple[Any, ...]]]

_OF_THE_STATE = {
    "jobs": "select business_id, date, slice, attempt, state, reason, detail, http_status, calls, rows from clarity_sync_jobs",
    "slots": "select business_id, day, slot, slice, purpose, state, http_status from clarity_quota_calls",
    "evaluations": (
        "select rule_id, business_id, scope, entity, date, outcome, reason, n, value, expected, threshold"
        " from clarity_rule_evaluations"
    ),
    "alerts": "select rule_id, business_id, entity, state, opened_on from clarity_alerts",
    "to judge": "select business_id, date from clarity_days_to_judge",
}

_SUMMED = (
    *("clarity_findings", "clarity_reconciliation", "business_day", "url_day", "host_day", "device_day", "source_day"),
    *("country_day", "campaign_day", "site_day"),
)
"""What follows from the rows: what is found of them, and their sums."""

_NOT_A_FACT = {"loaded_at", "ingested_at", "updated_at", "as_of"}
_SECONDS = {"seconds"}
_TOLD = {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "STEP_FAILURE", "STEP_SUCCESS"}


def facts_of(home: Path) -> Facts:
    """Everything that two releases must agree about."""
    found: dict[str, frozenset[tuple[Any, ...]]] = {}
    with closing(sqlite3.connect(home / "state.db")) as state:
        for what, query in _OF_THE_STATE.items():
            found[what] = frozenset(map(tuple, state.execute(query).fetchall()))
    with duckdb.connect(str(home / "published" / "clarity.duckdb"), read_only=True) as published:
        columns = [row[0] for row in published.execute("describe clarity_daily_metrics").fetchall()]
        kept = ", ".join(f'"{each}"' for each in columns if each not in _NOT_A_FACT and each != "raw_payload")
        rows = published.execute(f"select {kept} from clarity_daily_metrics").fetchall()
        found["rows"] = frozenset(map(tuple, rows))
        for table in _SUMMED:
            found[table] = frozenset(_summed(published, table))
    return {**found, **_of_dagster(home)}


def _summed(published: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[Any, ...]]:
    """Its rows to the last digit; maps and lists as text, since they stand in sets."""
    found = published.execute(f"from {table}")
    names = [column[0] for column in found.description or ()]
    for row in found.fetchall():
        yield tuple(repr(value) for name, value in zip(names, row, strict=True) if name not in _NOT_A_FACT)


def _of_dagster(home: Path) -> Facts:
    """Materialisations with the keys of their metadata, checks that failed, steps that failed, each by its partition."""
    made, failed_checks, failed_steps, succeeded = set(), set(), set(), set()
    partitions = _partitions(home)
    for kind, run, step, asset, partition, event in _events(home):
        data = event["dagster_event"].get("event_specific_data") or {}
        if kind == "ASSET_MATERIALIZATION":
            made.add((asset, partition, tuple(sorted({*_labels(data["materialization"])} - _SECONDS))))
        elif kind == "ASSET_CHECK_EVALUATION" and not data.get("success", data.get("passed")):
            failed_checks.add(("/".join(data["asset_key"]["path"]), data["check_name"], data.get("partition")))
        elif kind == "STEP_FAILURE":
            failed_steps.add((step, partitions.get(run), _why(data)))
        elif kind == "STEP_SUCCESS":
            succeeded.add((step, partitions.get(run)))
    return {
        "materialisations": frozenset(made),
        "checks that failed": frozenset(failed_checks),
        "steps that failed": frozenset(failed_steps),
        "steps that succeeded": frozenset(succeeded),
    }


def _events(home: Path) -> Iterator[tuple[str, str, str, str | None, str | None, dict[str, Any]]]:
    columns = "dagster_event_type, run_id, step_key, asset_key, partition, event"
    with closing(sqlite3.connect(home / "dagster" / "events" / "event_log.db")) as log:
        for *names, event in log.execute(f"select {columns} from event_logs where dagster_event_type is not null"):
            if names[0] in _TOLD:
                kind, run, step, asset, partition = names
                yield kind, run, step, asset, partition, json.loads(unpacked(event.encode()))


def _partitions(home: Path) -> dict[str, str]:
    """By run its partition."""
    with closing(sqlite3.connect(home / "dagster" / "runs" / "runs.db")) as runs:
        return dict(runs.execute("select run_id, partition from runs where partition is not null").fetchall())


def _labels(materialization: Mapping[str, Any]) -> Iterator[str]:
    entries = materialization.get("metadata_entries") or materialization.get("metadata") or []
    yield from (entry if isinstance(entry, str) else entry["label"] for entry in entries)


def _why(data: Mapping[str, Any]) -> str:
    told = data.get("user_failure_data") or {}
    return str(told.get("description") or (data.get("error") or {}).get("cls_name"))
