"""The retention of runs and events on a real Postgres, with the storages that the deployment names."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
import yaml

from clarity_pipeline.orchestration.old_runs import forget_old_runs

DEPLOYED = Path(__file__).parents[2] / "deploy" / "dagster.yaml"
STORAGES = ("run_storage", "event_log_storage", "schedule_storage")
DATES = dg.DailyPartitionsDefinition("2026-05-01", end_date="2026-05-04")


@dg.asset(partitions_def=DATES, check_specs=[dg.AssetCheckSpec("is_whole", asset="day")])
def day() -> Iterator[Any]:
    """A business's day, as far as this test needs it."""
    yield dg.MaterializeResult(metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=True, check_name="is_whole")])


@pytest.fixture
def on_postgres(_new_database: Callable[[str], str], tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance whose three storages are those of the deployment, on one database."""
    pytest.importorskip("dagster_postgres")
    address = _new_database("template1").replace("postgresql://", "postgresql+psycopg2://")
    deployed = yaml.safe_load(DEPLOYED.read_text(encoding="utf-8"))
    of_this = {name: {**deployed[name], "config": {"postgres_url": address}} for name in STORAGES}
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump({**of_this, "telemetry": {"enabled": False}}), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


@pytest.mark.slow("a Postgres server, and five runs that it keeps")
def test_partitions_stay_materialised_and_each_keeps_its_newest_run(on_postgres: dg.DagsterInstance) -> None:
    for date in ("2026-05-01", "2026-05-02", "2026-05-03", "2026-05-01", "2026-05-01"):
        assert dg.materialize([day], partition_key=date, instance=on_postgres).success
    storage: Any = on_postgres.event_log_storage
    before, newest = _told(on_postgres), {run.run_id for run in on_postgres.get_runs()[:1]}
    gone = forget_old_runs(on_postgres, now=datetime.now(UTC) + timedelta(days=40), days=30, forget=True)
    assert (gone.looked_at, gone.runs) == (5, 2)
    assert _told(on_postgres) == before
    assert {partition for partition, *_ in before} == {"2026-05-01", "2026-05-02", "2026-05-03"}
    assert newest <= {run.run_id for run in on_postgres.get_runs()}
    with storage.index_connection() as connection:
        assert connection.scalar(sa.text("select count(*) from event_logs where asset_key is null")) == 0
    again = forget_old_runs(on_postgres, now=datetime.now(UTC) + timedelta(days=40), days=30, forget=True)
    assert (again.looked_at, again.events) == (0, 0)


def _told(instance: dg.DagsterInstance) -> list[tuple[str, int, str]]:
    """Each materialised partition with its newest materialisation and the run of it."""
    found = []
    for partition in sorted(instance.get_materialized_partitions(day.key)):
        asked = dg.AssetRecordsFilter(asset_key=day.key, asset_partitions=[partition])
        (record,) = instance.fetch_materializations(asked, limit=1).records
        assert instance.get_run_by_id(record.run_id) is not None
        found.append((partition, record.storage_id, record.run_id))
    return found
