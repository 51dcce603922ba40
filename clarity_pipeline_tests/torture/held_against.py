"""What a home says of its days, and what of it is not as in the home that nothing happened to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline_tests.world import World

Lane = tuple[str, str, str]
Rows = dict[str, dict[str, Any]]
_OF_THE_ANSWER = {"raw_payload", "rows_merged", "loaded_at"}
"""Columns that say what came, and so differ where it did."""
_OF_AN_ALERT = "rule_id, state, opened_on, last_fired_on, resolved_on"
_MOST = 1_000_000
"""No number of the small sites that are played is larger."""


@dataclass(frozen=True)
class Told:
    """Rows by lane and key, findings, and the alerts of each business."""

    lanes: dict[Lane, Rows]
    findings: frozenset[tuple[str, str, str, str | None, str]]
    alerts: dict[str, set[tuple[Any, ...]]]


def told_by(world: World) -> Told:
    """By its published file, and by its state."""
    lanes: dict[Lane, Rows] = {}
    with _open(world.settings.published_file) as connection:
        for row in named(connection.execute("select * from clarity_daily_metrics")):
            lane = row["business_id"], str(row["date"]), row["slice"]
            kept = {name: value for name, value in row.items() if name not in _OF_THE_ANSWER}
            lanes.setdefault(lane, {})[row["dimension_hash"]] = kept
        found = named(connection.execute("select business_id, date, slice, metric, code from clarity_findings"))
    alerts: dict[str, set[tuple[Any, ...]]] = {}
    with world.home() as home, home.state.read() as connection:
        for business, *alert in connection.exec_driver_sql(f"select business_id, {_OF_AN_ALERT} from clarity_alerts").all():
            alerts.setdefault(business, set()).add(tuple(alert))
    findings = frozenset((row["business_id"], str(row["date"]), row["slice"], row["metric"], row["code"]) for row in found)
    return Told(lanes, findings, alerts)


def _open(file: Path) -> "duckdb.DuckDBPyConnection":
    return duckdb.connect(file, read_only=True)


def differences(told: Told, truth: Told, jobs: Sequence[SyncJob]) -> list[str]:
    """What was lost or is wrong without a word.

    A lane is as in the truth, or its job or a finding says why not; and what it says is then less, and no falsehood: a row is
    missing, a cell is NULL or has a finding as a number that cannot be. One that failed has no rows.
    """
    problems = []
    last = {(job.business_id, job.date.isoformat(), job.slice_name): job for job in jobs}
    for lane in sorted({*truth.lanes, *told.lanes}):
        rows, true_rows, job = told.lanes.get(lane, {}), truth.lanes.get(lane, {}), last.get(lane)
        findings = {each for each in told.findings if each[:3] == lane}
        name = "/".join(lane)
        if rows == true_rows:
            if missing := {each for each in truth.findings if each[:3] == lane} - findings:
                problems.append(f"findings of {name} are missing: {sorted(each[4] for each in missing)}")
        elif job is None or (job.state == "ok" and job.reason is None and not findings):
            problems.append(f"other rows of {name}, and nobody was told")
        elif job.state == "failed" and (rows or not job.reason):
            problems.append(f"{name} failed for {job.reason}, with {len(rows)} rows")
        elif added := rows.keys() - true_rows.keys():
            problems.append(f"{len(added)} rows of {name} are none")
        elif wrong := _wrong(rows, true_rows, may_be_impossible=any(each[4].startswith("impossible") for each in findings)):
            problems.append(f"{', '.join(sorted(wrong))} of {name} are wrong")
    return problems


def _wrong(rows: Rows, true_rows: Rows, *, may_be_impossible: bool) -> set[str]:
    """Columns with a falsehood in them."""
    return {
        f"{column} ({value!r} for {true_rows[key].get(column)!r})"
        for key, row in rows.items()
        for column, value in row.items()
        if value is not None and value != true_rows[key].get(column) and column != "truncated"
        if not (may_be_impossible and isinstance(value, int | float) and not 0 <= value <= _MOST)
    }
