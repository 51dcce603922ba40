"""What each part of a home weighs, measured, and the documentation's page that is computed from it. Used by `years`."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import zstandard

from benchmarks.answers import lane_answer
from benchmarks.lane_load import DAY, replace, rows_of
from benchmarks.report import Figure
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.definitions import build
from clarity_pipeline.home import open_home
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.old_runs import forget_old_runs
from clarity_pipeline.orchestration.sync import open_day_sync
from clarity_pipeline.settings.settings import RUNS_DAYS, Settings
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.store import Warehouse

LANES = len(DAILY_SLICES)
YEARS = 10
SIDECAR = 700
"""Bytes of an answer's sidecar, and of the folder that it lies in."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes by row or by business and date."""

    vault_row: float
    warehouse_row: float
    without_raw_row: float
    state_day: float
    events_day: float
    events_kept_day: float

    @classmethod
    def measured(cls) -> "Bytes":
        """On lanes that all differ, and on three days by the real job."""
        with tempfile.TemporaryDirectory(prefix="clarity-years-") as found:
            return cls(_vault_row(), *_warehouse_rows(Path(found)), *_days(Path(found) / "home"))

    def figures(self) -> list[Figure]:
        """For the table that a person sees."""
        return [
            Figure("vault", self.vault_row, "B/row"),
            Figure("warehouse, marts included", self.warehouse_row, "B/row"),
            Figure("the same without the raw payload", self.without_raw_row, "B/row"),
            Figure("state: jobs, quota, drift", self.state_day, "B/day"),
            Figure("Dagster: events of a business-day", self.events_day, "B/day"),
            Figure(f"the same after {RUNS_DAYS} days", self.events_kept_day, "B/day"),
        ]

    def ten_years(self, *, businesses: int, rows: int) -> dict[str, float]:
        """Gigabytes by place, of lanes of so many rows each."""
        days = businesses * 365.25 * YEARS
        lanes = days * LANES
        kept = days * self.events_kept_day + businesses * RUNS_DAYS * (self.events_day - self.events_kept_day)
        places = {
            "vault": lanes * (rows * self.vault_row + SIDECAR),
            "warehouse": lanes * rows * self.warehouse_row,
            "state": days * self.state_day,
            "dagster": kept,
        }
        return {name: size / 1e9 for name, size in places.items()}


def _vault_row(rows: int = 100) -> float:
    bodies = [lane_answer(asked, seed=seed, rows=rows) for seed in range(5) for asked in DAILY_SLICES.values()]
    return sum(len(zstandard.ZstdCompressor(level=3).compress(body)) for body in bodies) / len(bodies) / rows


def _warehouse_rows(folder: Path, *, dates: int = 60, rows: int = 200) -> tuple[float, float]:
    warehouse, count = Warehouse(folder / "warehouse.duckdb"), 0
    for number in range(dates):
        day = DAY + timedelta(days=number)
        for asked in DAILY_SLICES.values():
            made = rows_of(lane_answer(asked, seed=number, rows=rows), business_id="shop", day=day, asked=asked)
            count += made.num_rows
            replace(warehouse, made, business_id="shop", day=day, asked=asked)
        with warehouse.connect() as connection:
            refresh(connection, list(MARTS.values()), business_id="shop", date=day)
    lean = folder / "lean.duckdb"
    with warehouse.connect() as connection:
        connection.execute("checkpoint")
        connection.execute(f"attach '{lean}' as lean (storage_version 'v1.2.0')")
        for table in ("clarity_daily_metrics", *MARTS):
            excluded = "exclude (raw_payload)" if table == "clarity_daily_metrics" else ""
            connection.execute(f"create table lean.{table} as select * {excluded} from {table}")
        connection.execute("detach lean")
    return warehouse.path.stat().st_size / count, lean.stat().st_size / count


def _days(home: Path, *, dates: int = 3) -> tuple[float, float, float]:
    """State, events, and events after their retention, of a business-day by the real job."""
    now = datetime(2036, 5, 4, 0, 5, tzinfo=UTC)
    taken: list[tuple[int, int]] = []
    with FakeClarity([small()], clock=lambda: now) as fake:
        for number in range(dates):
            now = datetime(2036, 5, 4, 0, 5, tzinfo=UTC) + timedelta(days=number)
            settings = Settings(home=home, api_base_url=fake.base_url, now=now)
            with open_home(settings) as opened:
                if not number:
                    token = Token.parse(fake.token(small().project_id))
                    opened.connections.connect("shop", project_id=small().project_id, token=token)
                with open_day_sync(settings, build(settings)) as day_sync:
                    day_sync.run(opened, business_ids=["shop"], day=now.date() - timedelta(days=1))
                state = _state(opened.state)
            taken.append((state, _events(settings)))
        with open_instance(settings) as instance:
            forget_old_runs(instance, now=datetime.now(UTC) + timedelta(days=RUNS_DAYS + 1), days=RUNS_DAYS, forget=True)
        kept = _events(settings) / dates
    (state, _), (state_before, _) = taken[-1], taken[0]
    return (state - state_before) / (dates - 1), taken[-1][1] / dates, kept


def _state(state: StateDatabase) -> int:
    """Bytes of all rows, with forty of overhead each; pages of the file are counted when they are full."""
    with state.read() as connection:
        rows = [row for table in sync_jobs.metadata.sorted_tables for row in connection.execute(sa.select(table)).all()]
    return sum(40 + sum(len(str(value)) for value in row if value is not None) for row in rows)


def _events(settings: Settings) -> int:
    """Bytes of events and runs as Dagster has them, without the room between them."""
    with open_instance(settings) as instance:
        events: Any = instance.event_log_storage
        runs: Any = instance.run_storage
        with events.index_connection() as connection:
            logged = connection.scalar(sa.text("select coalesce(sum(length(event) + 200), 0) from event_logs"))
            checks = connection.scalar(
                sa.text("select coalesce(sum(length(evaluation_event) + 300), 0) from asset_check_executions")
            )
        with runs.connect() as connection:
            bodies = connection.scalar(sa.text("select coalesce(sum(length(run_body) + 200), 0) from runs"))
            tags = connection.scalar(sa.text("select coalesce(sum(length(key) + length(value) + 80), 0) from run_tags"))
    return int(logged + checks + bodies + tags)


SIZES = ((10, 100), (60, 100), (300, 100), (300, 1000), (1000, 100), (1000, 1000))


A_LANE = ("a lane replaced", "a date reconciled", "its findings counted")
A_DAY = ("its marts made", "regime events told, one business changed", "rules asked, one business")
"""Steps that a business-day takes once, and those above with each lane."""


def _business_night(taken: Mapping[str, float]) -> float:
    """Milliseconds of one business's night, of the steps that were measured."""
    return LANES * sum(taken[name] for name in A_LANE) + sum(taken[name] for name in A_DAY)


def _seconds(businesses: int, taken: Mapping[int, Mapping[str, float]]) -> str:
    seconds = (f"{businesses * _business_night(taken[age]) / 1000:,.0f} s" for age in sorted(taken))
    return f"| {businesses:,} | {' | '.join(seconds)} |"


def page(measured: Bytes, taken: Mapping[int, Mapping[str, float]]) -> str:
    """The page, whole."""
    ages = sorted(taken)
    steps = [name for name in taken[ages[0]] if name != "rows"]
    lines = [
        "# Ten years",
        "",
        "What a home that is never emptied fills, and what a night costs when it is old. Computed from measured figures by",
        "`python -m benchmarks.years --ages 30 365 1000 --businesses 10 --page docs/years.md`, which anybody can run: it weighs"
        " lanes that differ, and real days.",
        "",
        "## What it fills {#bytes}",
        "",
        "Gigabytes after ten years, four lanes a business and date, nothing pruned but Dagster's events. The published file adds",
        f"{measured.without_raw_row / measured.warehouse_row:.2f} of the warehouse without the raw payload, all of it with it.",
        "",
        "| businesses | rows a lane | vault | warehouse | state | Dagster | a night |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for businesses, rows in SIZES:
        places = measured.ten_years(businesses=businesses, rows=rows)
        sizes = " | ".join(f"{places[name]:,.1f}" for name in ("vault", "warehouse", "state", "dagster"))
        a_night = sum(places.values()) * 1000 / (365.25 * YEARS)
        lines.append(f"| {businesses:,} | {rows:,} | {sizes} | {a_night:,.0f} MB |")
    lines += [
        "",
        "| what | bytes |",
        "| --- | --- |",
        f"| a row of an answer in the vault, zstd | {measured.vault_row:,.0f} |",
        f"| a row in the warehouse, its marts included | {measured.warehouse_row:,.0f} |",
        f"| the same without `raw_payload` | {measured.without_raw_row:,.0f} |",
        f"| a business-day in the state database | {measured.state_day:,.0f} |",
        f"| a business-day in Dagster's storage, one small business without rules | {measured.events_day:,.0f} |",
        f"| the same after {RUNS_DAYS} days | {measured.events_kept_day:,.0f} |",
        "",
        "`CLARITY_VAULT_DAYS` and `CLARITY_ROWS_DAYS` bound vault and warehouse, `CLARITY_RUNS_DAYS` the events,",
        "`CLARITY_JOBS_DAYS` and `CLARITY_EVALUATIONS_DAYS` jobs and what rules said, which is not counted here.",
        "",
        "## What a night costs {#nights}",
        "",
        "Milliseconds of the processor for one more business-day in a home of 10 businesses, 25 rows a lane and two lanes a",
        "date, of so many days and rows, the fastest of five. What does not grow from left to right touches what changed.",
        "",
        "| step | " + " | ".join(f"{age:,} days, {taken[age]['rows']:,.0f} rows" for age in ages) + " |",
        "| --- |" + " --- |" * len(ages),
        *(f"| {name} | " + " | ".join(f"{taken[age][name]:,.1f}" for age in ages) + " |" for name in steps),
        "",
        "So many seconds of the processor these steps take a night for all businesses, each with four lanes of that size, one by",
        "one. What else a night does, above all calls and Dagster's own work, looks at no past: [measured](measured.md).",
        "",
        "| businesses | " + " | ".join(f"{age:,} days" for age in ages) + " |",
        "| --- |" + " --- |" * len(ages),
        *(_seconds(businesses, taken) for businesses in sorted({businesses for businesses, _ in SIZES})),
        "",
    ]
    return "\n".join(lines)
