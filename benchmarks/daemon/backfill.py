"""What a backfill of the marts costs through the real daemon: every run of it, and what asking for them and queueing takes.

The daemon has loaded one night of some businesses; their rows are copied to nine dates before. Measured is from the backfill's
request to its end. The last line is what 10 dates of 300 businesses take of two cores by that, if nothing else runs there.

    .venv/bin/python -m benchmarks.daemon.backfill [--businesses 10] [--dates 10] [--json]
"""

import tempfile
import time
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from benchmarks.daemon.night import PAUSE, let_the_night_run
from benchmarks.daemon.services import FIVE_PAST, TODAY, connect, processor_seconds, services, wait_until
from benchmarks.report import Figure, arguments, finish
from benchmarks.sweep.site import LanesOfOneLength
from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.instance import dagster_home
from clarity_pipeline.orchestration.partitions import partition_key
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.warehouse.marts import MARTS

BACKFILL = "marts"
BUSINESS_DAYS, MINUTES, CORES = 3_000, 30, 2


def measure(folder: Path, *, businesses: int, dates: int) -> list[Figure]:
    projects = [f"project{number:05}" for number in range(businesses)]
    with LanesOfOneLength(projects, rows=100, pause=PAUSE, seed=7, clock=lambda: FIVE_PAST) as fake:
        settings = Settings(home=folder, api_base_url=fake.base_url, now=FIVE_PAST)
        connect(settings, fake, projects)
        home = dagster_home(settings)
        with dg.DagsterInstance.from_config(str(home)) as instance:
            let_the_night_run(instance, settings, home, businesses=businesses)
            copy_to_earlier_dates(settings, dates)
            with services(settings, home) as sessions:
                before, began = processor_seconds(sessions), time.monotonic()
                ask(
                    instance,
                    settings,
                    [partition_key(each, TODAY - timedelta(days=1 + back)) for each in projects for back in range(dates)],
                )
                wait_until(lambda: _status(instance) is not BulkActionStatus.REQUESTED, seconds=3600)
                wall, after = time.monotonic() - began, processor_seconds(sessions)
            status = _status(instance)
            runs = instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": BACKFILL}))
    processor = {role: after[role] - before[role] for role in after}
    failed = sum(run.status is not dg.DagsterRunStatus.SUCCESS for run in runs)
    each = sum(processor.values()) / len(runs)
    return [
        Figure(f"marts of {businesses} businesses and {dates} dates: runs, backfill {status.value}", len(runs), ""),
        Figure("failed runs", failed, "", target=1, at_least=False),
        Figure("wall a run", wall / len(runs), "s"),
        *(Figure(f"processor a run, {role}", seconds / len(runs), "s") for role, seconds in processor.items()),
        Figure("processor a run", each, "s"),
        Figure(
            f"{BUSINESS_DAYS:,} of them on {CORES} cores",
            each * BUSINESS_DAYS / CORES / 60,
            "min",
            target=MINUTES,
            at_least=False,
        ),
    ]


def copy_to_earlier_dates(settings: Settings, dates: int) -> None:
    with duckdb.connect(settings.warehouse_file) as connection:
        for back in range(1, dates):
            connection.execute(
                "insert into clarity_daily_metrics by name select * replace (date - $back as date) from clarity_daily_metrics"
                " where date = $day",
                {"back": back, "day": TODAY - timedelta(days=1)},
            )


def ask(instance: dg.DagsterInstance, settings: Settings, keys: list[dg.MultiPartitionKey]) -> None:
    """As the UI does it: these marts of these partitions."""
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id=BACKFILL,
        asset_graph=build(settings).resolve_asset_graph(),
        partition_names=[str(key) for key in keys],
        asset_selection=[dg.AssetKey(mart.name) for mart in MARTS.values() if mart.slice_name != "totals"],
        backfill_timestamp=time.time(),
        tags={},
        dynamic_partitions_store=instance,
        all_partitions=False,
        title=None,
        description=None,
        run_config=None,
    )
    instance.add_backfill(backfill)


def _status(instance: dg.DagsterInstance) -> BulkActionStatus:
    found = instance.get_backfill(BACKFILL)
    assert found is not None
    return found.status


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=10)
    parser.add_argument("--dates", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="keep the home in this folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary) / "home"
        folder.mkdir(parents=True)
        finish(measure(folder, businesses=asked.businesses, dates=asked.dates), as_json=asked.json)


if __name__ == "__main__":
    main()
