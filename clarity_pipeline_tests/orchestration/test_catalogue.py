"""What a Dagster user finds on an asset: columns, lineage, table, place, versions, tags, numbers that plot."""

import re
from functools import cache
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from clarity_pipeline.definitions import build
from clarity_pipeline.orchestration.catalogue import table_of
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.yesterday import who_has_yesterday
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, World

ORCHESTRATION = Path(__file__).parents[2] / "clarity_pipeline" / "orchestration"
BEHIND_THE_FRONT = {"here.py", "dagster_files.py", "event_log.py", "launcher.py", "run_storage.py", "unexported.py"}


@cache
def specs() -> dict[str, dg.AssetSpec]:
    assets = build().get_repository_def().asset_graph
    return {
        node.key.to_user_string(): next(spec for spec in node.assets_def.specs if spec.key == node.key)
        for node in assets.asset_nodes
    }


@pytest.mark.parametrize("name", sorted(specs()))
def test_an_asset_that_fills_a_table_says_so_with_its_columns(name: str) -> None:
    spec = specs()[name]
    table = table_of(spec.key)
    if table is None:
        assert name == "publish" or name.startswith("clarity_raw/")
        assert str(spec.metadata["dagster/uri"]).startswith("file://")
        return
    assert spec.metadata["dagster/table_name"] == table
    assert str(spec.metadata["dagster/uri"]).endswith(f"clarity.duckdb#{table}")
    assert len(spec.metadata["dagster/column_schema"].columns) > 10


def test_the_columns_are_those_of_the_published_tables_and_lineage_leads_to_columns_of_the_lane(synced: World) -> None:
    with duckdb.connect(synced.settings.published_file, read_only=True) as connection:
        for name in (*MARTS, "clarity_daily_metrics/url_device"):
            spec = specs()[name]
            published = [row[0] for row in connection.execute(f"describe {spec.metadata['dagster/table_name']}").fetchall()]
            assert [column.name for column in spec.metadata["dagster/column_schema"].columns] == published, name
    of_lane = {column.name for column in specs()["clarity_daily_metrics/url_device"].metadata["dagster/column_schema"].columns}
    for mart in MARTS.values():
        lineage = specs()[mart.name].metadata["dagster/column_lineage"].deps_by_column
        assert [dep.column_name for dep in lineage["dead_clicks"]] == ["dead_clicks"]
        assert {dep.column_name for deps in lineage.values() for dep in deps} <= of_lane
        assert {dep.asset_key.path[-1] for deps in lineage.values() for dep in deps} == {mart.slice_name}
    assert [dep.column_name for dep in specs()["host_day"].metadata["dagster/column_lineage"].deps_by_column["host"]] == ["url"]


def test_versions_say_when_the_same_answer_would_make_other_rows() -> None:
    versions = {name: spec.code_version for name, spec in specs().items()}
    assert versions["clarity_raw/url_device"] == "v1"
    assert re.fullmatch(r"normaliser \d+", versions["clarity_daily_metrics/url_device"] or "")
    assert len({versions[name] for name in MARTS}) == len(MARTS)
    assert {spec.tags.get("clarity/slice") for name, spec in specs().items() if name in MARTS} == {
        mart.slice_name for mart in MARTS.values()
    }


def test_a_materialisation_has_the_digest_of_its_answer_as_version_and_numbers_that_plot(synced: World) -> None:
    with open_instance(synced.settings) as instance:
        for room in ("clarity_raw", "clarity_daily_metrics"):
            (record,) = instance.fetch_materializations(dg.AssetKey([room, "url_source"]), limit=1).records
            found = record.asset_materialization
            assert found is not None
            assert found.tags is not None
            assert found.tags["dagster/data_version"] == found.metadata["sha256"].value
            assert isinstance(found.metadata["seconds"].value, float)
            assert isinstance(found.metadata["dagster/partition_row_count"].value, int)


def test_who_lacks_yesterday_is_named(synced: World) -> None:
    with synced.home() as home:
        assert who_has_yesterday(home).passed
    synced.connect("zeta", token=synced.fake.token(OTHER_PROJECT), project_id=OTHER_PROJECT)
    with synced.home() as home:
        found = who_has_yesterday(home)
        assert not found.passed
        assert found.description == (f"1 of 2 enabled businesses lack {DAY}: `clarity-pipeline jobs --date {DAY}` says why.")
        assert found.metadata["missing"].value == ["zeta"]
        home.connections.disable("zeta")
        assert who_has_yesterday(home).passed
    with open_instance(synced.settings) as instance:
        key = dg.AssetCheckKey(dg.AssetKey("clarity_rule_evaluations"), "every_business_has_yesterday")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
        assert record.status.value == "SUCCEEDED", "said by the evaluation"


def test_only_what_runs_here_and_what_makes_storages_looks_behind_dagsters_front() -> None:
    found = {path.name for path in ORCHESTRATION.rglob("*.py") if re.search(r"\bdagster\._", path.read_text(encoding="utf-8"))}
    assert found <= BEHIND_THE_FRONT
