"""What Dagster takes of a business-day by itself: the real job's assets in a run whose steps do nothing.

    .venv/bin/python -m benchmarks.sweep.floor [--runs 20] [--json]

Same steps, dependencies, partitions, metadata of some size and number of events as `daily_sync` without totals, on the same
instance and event log as `sync` has; no answer, no state database, no DuckDB. Processor seconds of this process, the first run
left out.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg

from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.orchestration.here import execute_here
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.metrics import TABLE
from clarity_pipeline.orchestration.partitions import business_days, partition_key, register
from clarity_pipeline.orchestration.raw import GROUP as RAW
from clarity_pipeline.orchestration.sync import quiet_dagster
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.warehouse.marts import MARTS

DAY = date(2026, 11, 20)
CHECKS_A_LANE = 5
_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_FACTS = {f"fact_{number}": number for number in range(10)}


def assets() -> list[dg.AssetsDefinition]:
    """Answer, rows and marts of the four lanes, each with nothing to do."""
    partitions = business_days(DAY.replace(day=1))
    found = []
    for name in DAILY_SLICES:
        raw, lane = dg.AssetKey([RAW, name]), dg.AssetKey([TABLE, name])
        marts = [dg.AssetKey(mart.name) for mart in MARTS.values() if mart.slice_name == name]
        for keys, dep, checks in (([raw], [], 0), ([lane], [raw], CHECKS_A_LANE), (marts, [lane], 0)):
            found.append(_empty(keys, dep, partitions, checks=checks))
    return found


def _empty(
    keys: Sequence[dg.AssetKey], deps: Sequence[dg.AssetKey], partitions: dg.PartitionsDefinition, *, checks: int
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="__".join(keys[0].path),
        specs=[dg.AssetSpec(key, deps=deps) for key in keys],
        partitions_def=partitions,
        can_subset=True,
    )
    def nothing(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        for key in keys:
            yield dg.MaterializeResult(asset_key=key, metadata=_FACTS, data_version=dg.DataVersion("0" * 64))
        for number in range(checks):
            context.log_event(
                dg.AssetCheckEvaluation(
                    asset_key=keys[0],
                    check_name=f"check_{number}",
                    passed=True,
                    metadata=_FACTS,
                    partition=context.partition_key,
                )
            )

    return nothing


def seconds_a_run(folder: Path, *, runs: int) -> float:
    """Of the processor, at the mean over so many runs of a business each."""
    clock = {"CLARITY_NOW": datetime(2026, 11, 21, tzinfo=UTC).isoformat(), "CLARITY_API_BASE_URL": "http://127.0.0.1:9"}
    settings = Settings.from_env({"CLARITY_HOME": str(folder), **clock})
    definitions = dg.Definitions(assets=assets(), jobs=[dg.define_asset_job("day", selection=dg.AssetSelection.all())])
    job = definitions.resolve_job_def("day")
    keys = [partition_key(f"shop-{number:03}", DAY) for number in range(runs + 1)]
    took = []
    with quiet_dagster(), open_instance(settings) as instance:
        register(instance, [f"shop-{number:03}" for number in range(runs + 1)])
        for key in keys:
            began = time.process_time()
            with dg.partition_loading_context(effective_dt=settings.clock()(), dynamic_partitions_store=instance):
                result = execute_here(job, instance=instance, resources={}, run_config=_SILENT, partition_key=key)
            assert result.success
            took.append(time.process_time() - began)
    return sum(took[1:]) / runs


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarity-floor-") as folder:
        seconds = seconds_a_run(Path(folder), runs=asked.runs)
    finish([Figure("a business-day whose steps do nothing, processor time", seconds, "s")], as_json=asked.json)


if __name__ == "__main__":
    main()
