"""Old runs go and every partition stays what it was: on a real instance, after days by the real job."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.instance import dagster_home, open_instance
from clarity_pipeline.orchestration.old_runs import OldRuns, forget_old_runs
from clarity_pipeline_tests.world import DAY, World

DAYS = 30
LATER = timedelta(days=DAYS + 10)


@pytest.fixture
def instance(lived_in: World) -> Iterator[dg.DagsterInstance]:
    """Three runs of two businesses: a lane that failed, a day that was synced twice."""
    with open_instance(lived_in.settings) as found:
        yield found


def forget(instance: dg.DagsterInstance, *, later: timedelta = LATER, really: bool = True) -> OldRuns:
    return forget_old_runs(instance, now=datetime.now(UTC) + later, days=DAYS, forget=really)


def told(instance: dg.DagsterInstance, world: World) -> dict[str, Any]:
    """What the grid, the asset's page and its Checks tab are made of."""
    graph = build(world.settings).resolve_asset_graph()
    facts: dict[str, Any] = {}
    for key in graph.get_all_asset_keys():
        partitions = instance.get_materialized_partitions(key)
        facts[f"{key.to_user_string()} partitions"] = sorted(partitions)
        for partition in partitions:
            asked = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition])
            (record,) = instance.fetch_materializations(asked, limit=1).records
            made = record.asset_materialization
            assert made is not None
            run = instance.get_run_by_id(record.run_id)
            facts[f"{key.to_user_string()} {partition}"] = (
                record.storage_id,
                sorted(made.metadata),
                run and run.status,
                run and run.tags,
            )
        definition = graph.get(key).partitions_def
        if definition is not None:
            failed = [f"acme|{DAY}", f"zeta|{DAY}"]
            facts[f"{key.to_user_string()} status"] = instance.get_status_by_partition(key, failed, definition)
    checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(graph.asset_check_keys))
    facts |= {str(key): (record.id, record.status, record.run_id) for key, record in checks.items()}
    return facts


def rows(instance: dg.DagsterInstance, table: str) -> int:
    storage: Any = instance.run_storage if table in {"runs", "run_tags"} else instance.event_log_storage
    with (storage.connect if table in {"runs", "run_tags"} else storage.index_connection)() as connection:
        return int(connection.scalar(sa.text(f"select count(*) from {table}")))


def test_partitions_stay_materialised_with_their_metadata_run_and_checks_when_events_go(
    instance: dg.DagsterInstance, lived_in: World
) -> None:
    before, events, runs = told(instance, lived_in), rows(instance, "event_logs"), rows(instance, "runs")
    gone = forget(instance)
    assert told(instance, lived_in) == before
    assert any(name.endswith("partitions") and partitions for name, partitions in before.items())
    assert rows(instance, "event_logs") == events - gone.events
    assert gone.events > events / 2
    assert (gone.looked_at, rows(instance, "runs")) == (runs, runs - gone.runs)


def test_deleting_the_runs_as_dagster_offers_it_would_unmaterialise_every_partition(
    instance: dg.DagsterInstance, lived_in: World
) -> None:
    before = told(instance, lived_in)
    for run in instance.get_runs():
        instance.delete_run(run.run_id)
    after = told(instance, lived_in)
    assert after != before
    assert [partitions for name, partitions in after.items() if name.endswith("partitions") and partitions] == []


def test_what_is_not_old_stays_and_a_dry_run_only_counts(instance: dg.DagsterInstance) -> None:
    before = rows(instance, "event_logs")
    assert forget(instance, later=timedelta()).looked_at == 0
    counted = forget(instance, really=False)
    assert rows(instance, "event_logs") == before
    assert forget(instance).events == counted.events


def test_the_next_time_goes_on_and_looks_at_no_run_again(instance: dg.DagsterInstance, lived_in: World) -> None:
    forget(instance)
    before, kept = told(instance, lived_in), rows(instance, "event_logs")
    again = forget(instance)
    assert (again.looked_at, again.events) == (0, 0)
    lived_in.sync()
    third = forget(instance)
    assert third.looked_at == 2  # the day's, and that of its rules
    assert told(instance, lived_in).keys() == before.keys()
    assert rows(instance, "event_logs") <= kept + 2  # what was the newest until then is gone with its day's new one


def test_events_that_came_last_are_all_that_is_left_of_an_asset_and_partition(instance: dg.DagsterInstance) -> None:
    forget(instance)
    twice = (
        "select asset_key, partition, dagster_event_type from event_logs where dagster_event_type like 'ASSET_MATERIALIZATION%'"
        " group by 1, 2, 3 having count(*) > 1"
    )
    storage: Any = instance.event_log_storage
    with storage.index_connection() as connection:
        assert connection.execute(sa.text(twice)).all() == []
        assert connection.scalar(sa.text("select count(*) from event_logs where asset_key is null")) == 0


QUERY = """
{ assetNodes { assetKey { path } partitionStats { numMaterialized numFailed }
    assetMaterializations(limit: 50) { partition runId runOrError { __typename ... on Run { status } } }
    assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status runId } } } } } }
"""


@pytest.mark.slow("the UI's own query, answered by two processes that load the definitions")
def test_the_asset_page_answers_the_same_before_and_after(lived_in: World) -> None:
    def asked() -> Any:
        command = [str(Path(sys.executable).with_name("dagster-graphql")), "-m", "clarity_pipeline.definitions", "-t", QUERY]
        environment = lived_in.environment | {"DAGSTER_HOME": str(dagster_home(lived_in.settings))}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        answer = json.loads(
            next(line for line in done.stdout.splitlines() if line.startswith("{"))
        )  # the server's log is around it
        assert "errors" not in answer, answer["errors"]
        nodes = answer["data"]["assetNodes"]
        for node in nodes:  # earlier loads of a partition go: of each the newest counts
            newest = {made["partition"]: made for made in reversed(node["assetMaterializations"])}
            node["assetMaterializations"] = newest
        return nodes

    before = asked()
    with open_instance(lived_in.settings) as instance:
        assert forget(instance).events > 0
    assert asked() == before
