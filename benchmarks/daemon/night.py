"""What a business-day costs through the real daemon, with our launcher and with Dagster's own, side by side.

A fake Clarity answers after 300 ms; code server and daemon run over a home of their own; the schedule's missed tick of 00:05 UTC
asks for one run a business, as it does after a night in which the machine was off. Measured is from that tick to the end of the
last run: the seconds of daemon, code server and every run, with what starting them takes. The fake's own are left out.

    .venv/bin/python -m benchmarks.daemon.night [--businesses 20] [--rows 100] [--launcher warm default] [--json]
"""

import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from benchmarks.daemon.services import FIVE_PAST, connect, processor_seconds, services, wait_for_runs, wait_until
from benchmarks.report import Figure, arguments, finish
from benchmarks.sweep.site import LanesOfOneLength
from clarity_pipeline.orchestration.instance import dagster_home
from clarity_pipeline.settings.settings import Settings

PAUSE = 0.3


@dataclass(frozen=True, slots=True)
class Night:
    """What one night through the daemon took."""

    runs: int
    failed: int
    tick_seconds: float  # from the tick's first run request to its last
    wall: float
    processor: dict[str, float]  # by what the process does


def measure(folder: Path, *, businesses: int, rows: int, launcher: str) -> Night:
    projects = [f"project{number:05}" for number in range(businesses)]
    with LanesOfOneLength(projects, rows=rows, pause=PAUSE, seed=7, clock=lambda: FIVE_PAST) as fake:
        settings = Settings(home=folder, api_base_url=fake.base_url, now=FIVE_PAST)
        connect(settings, fake, projects)
        home = _instance_folder(settings, folder, launcher)
        with dg.DagsterInstance.from_config(str(home)) as instance:
            wall, processor = let_the_night_run(instance, settings, home, businesses=businesses)
            runs = instance.get_run_records(dg.RunsFilter(job_name="daily_sync"))
    created = [record.create_timestamp.timestamp() for record in runs]
    failed = sum(record.dagster_run.status is not dg.DagsterRunStatus.SUCCESS for record in runs)
    return Night(len(runs), failed, max(created) - min(created), wall, processor)


def let_the_night_run(
    instance: dg.DagsterInstance, settings: Settings, home: Path, *, businesses: int
) -> tuple[float, dict[str, float]]:
    """Seconds from the schedule's tick to the end of the last run, and what the processes took meanwhile."""
    with services(settings, home):
        wait_for_runs(instance, 1, job_name="business_grid")
        wait_until(lambda: _schedule_state(instance) is not None)
    _forget_that_the_schedule_has_looked(instance)
    with services(settings, home) as sessions:
        wait_until(lambda: bool(instance.get_runs_count(dg.RunsFilter(job_name="daily_sync"))))
        before, began = processor_seconds(sessions), time.monotonic()
        wait_for_runs(instance, businesses, job_name="daily_sync")
        wall, after = time.monotonic() - began, processor_seconds(sessions)
    return wall, {role: after[role] - before[role] for role in after}


def _instance_folder(settings: Settings, folder: Path, launcher: str) -> Path:
    """Dagster's folder as the project makes it, or with Dagster's own launcher."""
    home = dagster_home(settings)
    if launcher == "warm":
        return home
    config = yaml.safe_load((home / "dagster.yaml").read_text())
    del config["run_launcher"]
    other = folder / "dagster-default"
    other.mkdir()
    (other / "dagster.yaml").write_text(yaml.safe_dump(config))
    return other


def _schedule_state(instance: dg.DagsterInstance) -> Any:
    return next((state for state in instance.all_instigator_state() if state.instigator_name == "daily_sync"), None)


def _forget_that_the_schedule_has_looked(instance: dg.DagsterInstance) -> None:
    """As if it had been started before the last five past midnight, and nothing had run since."""
    state = _schedule_state(instance)
    since = (FIVE_PAST - timedelta(hours=1)).timestamp()
    data = state.instigator_data._replace(start_timestamp=since, last_iteration_timestamp=since)
    instance.update_instigator_state(state.with_data(data))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=20)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--launcher", nargs="+", choices=["warm", "default"], default=["warm", "default"])
    parser.add_argument("--keep", type=Path, help="keep the home below this folder")
    asked = parser.parse_args()
    figures = []
    for launcher in asked.launcher:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (asked.keep or Path(temporary)) / launcher
            folder.mkdir(parents=True)
            night = measure(folder, businesses=asked.businesses, rows=asked.rows, launcher=launcher)
            figures += [
                Figure(f"{launcher} launcher: runs", night.runs, ""),
                Figure(f"{launcher} launcher: failed runs", night.failed, "", target=1, at_least=False),
                Figure(f"{launcher} launcher: asking for the runs, each", night.tick_seconds / night.runs, "s"),
                Figure(f"{launcher} launcher: wall a business-day", night.wall / night.runs, "s"),
                *(
                    Figure(f"{launcher} launcher: processor a business-day, {role}", seconds / night.runs, "s")
                    for role, seconds in night.processor.items()
                ),
                Figure(f"{launcher} launcher: processor a business-day", sum(night.processor.values()) / night.runs, "s"),
            ]
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
