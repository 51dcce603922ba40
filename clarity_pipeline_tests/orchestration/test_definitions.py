"""What Dagster is told, on two screens; and the wall between Dagster and the core."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.definitions import build, defs
from clarity_pipeline.trust.statements import STATEMENTS
from clarity_pipeline.warehouse.marts import MARTS

PACKAGE = Path(__file__).parents[2] / "clarity_pipeline"

GRAPH = """\
alerts clarity_alerts <- clarity_rule_evaluations [webhook]
alerts clarity_regime_events <- business_day host_day [duckdb]
alerts clarity_rule_evaluations <- ad_entities business_day clarity_regime_events site_day url_day [yaml]
clarity_daily_metrics clarity_daily_metrics/totals <- clarity_raw/totals [duckdb] business|date
clarity_daily_metrics clarity_daily_metrics/url_campaign_channel <- clarity_raw/url_campaign_channel [duckdb] business|date
clarity_daily_metrics clarity_daily_metrics/url_country <- clarity_raw/url_country [duckdb] business|date
clarity_daily_metrics clarity_daily_metrics/url_device <- clarity_raw/url_device [duckdb] business|date
clarity_daily_metrics clarity_daily_metrics/url_source <- clarity_raw/url_source [duckdb] business|date
clarity_raw clarity_raw/totals <- [clarity json] business|date
clarity_raw clarity_raw/url_campaign_channel <- [clarity json] business|date
clarity_raw clarity_raw/url_country <- [clarity json] business|date
clarity_raw clarity_raw/url_device <- [clarity json] business|date
clarity_raw clarity_raw/url_source <- [clarity json] business|date
delivered ad_entities <- [csv duckdb]
delivered experiment_quality <- campaign_day experiments url_day [duckdb]
delivered experiments <- [csv duckdb]
marts business_day <- clarity_daily_metrics/url_device [duckdb sql] business|date
marts campaign_day <- clarity_daily_metrics/url_campaign_channel [duckdb sql] business|date
marts country_day <- clarity_daily_metrics/url_country [duckdb sql] business|date
marts device_day <- clarity_daily_metrics/url_device [duckdb sql] business|date
marts host_day <- clarity_daily_metrics/url_device [duckdb sql] business|date
marts site_day <- clarity_daily_metrics/totals [duckdb sql] business|date
marts source_day <- clarity_daily_metrics/url_source [duckdb sql] business|date
marts url_day <- clarity_daily_metrics/url_device [duckdb sql] business|date
published publish <- business_day campaign_day country_day device_day host_day site_day source_day url_day [duckdb]
"""

OF_ONE_LANE = {"date_is_covered", "lane_is_not_cut", "no_tuple_is_twice", "nothing_is_known_to_be_wrong", "rows_are_in_range"}

SHELL = {"orchestration", "definitions", "demo", "dev", "cli"}
"""Who may import Dagster; the command line only inside a command."""

CORE = sorted(
    path.stem
    for path in PACKAGE.iterdir()
    if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem not in SHELL
)


@cache
def repository() -> dg.RepositoryDefinition:
    return build().get_repository_def()


def node_line(node: "dg._core.definitions.assets.graph.asset_graph.AssetNode") -> str:  # type: ignore[name-defined]
    """One asset: group, key, what it depends on, kinds, partitions."""
    parents = sorted(key.to_user_string() for key in node.parent_keys)
    kinds = sorted(tag.removeprefix("dagster/kind/") for tag in node.tags if tag.startswith("dagster/kind/"))
    dimensions = "|".join(each.name for each in node.partitions_def.partitions_defs) if node.partitions_def else ""
    words = [node.group_name, node.key.to_user_string(), "<-", *parents, f"[{' '.join(kinds)}]", dimensions]
    return " ".join(filter(None, words))


def clean_python(code: str) -> str:
    """What a new interpreter with no variable set prints."""
    done = subprocess.run([sys.executable, "-I", "-c", code], env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_graph_is_this_one() -> None:
    lines = sorted(node_line(node) for node in repository().asset_graph.asset_nodes)
    assert "\n".join(lines) + "\n" == GRAPH


def test_every_asset_says_what_it_is_whence_and_when_and_whose() -> None:
    for node in repository().asset_graph.asset_nodes:
        assert node.description, node.key
        assert "When: " in node.description, node.key
        assert node.owners == ["team:clarity-pipeline"], node.key


def test_all_partitioned_assets_share_one_grid() -> None:
    grids = [node.partitions_def for node in repository().asset_graph.asset_nodes if node.partitions_def]
    assert len(grids) == 2 * len(SLICES) + len(MARTS)
    assert all(grid == grids[0] for grid in grids)


def test_each_lane_has_its_checks_with_a_description() -> None:
    graph = repository().asset_graph
    specs = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    for name in SLICES:
        beside = {statement.name for statement in STATEMENTS if name in statement.slices}
        found = [spec.name for spec in specs if spec.asset_key.path[-1] == name]
        assert sorted(found) == sorted(OF_ONE_LANE | beside)
    assert [spec.name for spec in specs if spec.asset_key.path[0] == "clarity_rule_evaluations"] == [
        "every_business_has_yesterday"
    ]
    assert all(spec.description and not spec.blocking for spec in specs)


def test_jobs_hold_what_they_say() -> None:
    selected = {
        name: len(repository().get_job(name).asset_layer.executable_asset_keys)
        for name in ("daily_sync", "rule_evaluation", "alert_delivery")
    }
    assert selected == {"daily_sync": 18, "rule_evaluation": 5, "alert_delivery": 1}
    assert all(repository().get_job(name).description for name in selected)


def test_no_step_has_a_retry_policy() -> None:
    """`max_retries=3` spends four of ten calls."""
    for name in ("daily_sync", "rule_evaluation"):
        nodes = repository().get_job(name).nodes
        assert [node.name for node in nodes if node.retry_policy or node.definition.retry_policy] == []


def test_schedules_and_sensors_run_by_themselves_and_say_what_for() -> None:
    automation = [*repository().schedule_defs, *repository().sensor_defs]
    assert {each.name: each.default_status.value for each in automation} == {
        "fetch_ahead": "RUNNING",
        "daily_sync": "RUNNING",
        "late_evaluation": "RUNNING",
        "retention": "RUNNING",
        "register_businesses": "RUNNING",
        "evaluate_rules": "RUNNING",
        "deliver_alerts": "RUNNING",
        "tell_failed_runs": "RUNNING",
        "watch_entities": "RUNNING",
        "watch_experiments": "RUNNING",
    }
    assert all(each.description for each in automation)


def test_it_loads_with_an_empty_environment_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        f"import os; os.chdir({str(tmp_path)!r})\n"
        "from clarity_pipeline.definitions import defs\n"
        "print(len(list(defs().resolve_all_asset_keys())))"
    )
    assert clean_python(code).strip() == "25"
    assert list(tmp_path.iterdir()) == []


def test_the_environment_is_read_when_dagster_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARITY_PARTITIONS_START", "2026-02-03")
    node = defs().get_repository_def().asset_graph.get(dg.AssetKey("business_day"))
    assert isinstance(node.partitions_def, dg.MultiPartitionsDefinition)
    assert node.partitions_def.get_partitions_def_for_dimension("date").get_first_partition_key() == "2026-02-03"


def test_no_room_of_the_core_has_heard_of_dagster() -> None:
    code = (
        "import importlib, json, pkgutil, sys\n"
        f"for room in {CORE!r}:\n"
        "    module = importlib.import_module('clarity_pipeline.' + room)\n"
        "    for each in pkgutil.walk_packages(getattr(module, '__path__', []), module.__name__ + '.'):\n"
        "        if '.migrations' not in each.name:\n"
        "            importlib.import_module(each.name)\n"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0].startswith('dagster')]))"
    )
    assert len(CORE) >= 15
    assert json.loads(clean_python(code)) == []


def test_the_command_line_starts_without_dagster() -> None:
    code = "import sys, clarity_pipeline.cli.main; print([name for name in sys.modules if name.startswith('dagster')])"
    assert clean_python(code).strip() == "[]"
