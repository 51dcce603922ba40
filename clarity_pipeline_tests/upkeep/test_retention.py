"""What is old goes when a person says so, from everywhere at once; what is new never does."""

import json
from datetime import timedelta

import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline.upkeep.retention import prune_rows, prune_vault
from clarity_pipeline.warehouse.days import ROWS
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline_tests.lived_in import NEXT_DAY, tables
from clarity_pipeline_tests.world import DAY, World


def dates(world: World) -> dict[str, set[object]]:
    """The dates of every table that has some."""
    found = tables(world.settings.warehouse_file)
    return {name: {row[1] for row in found[name]} for name in (*ROWS, "clarity_lane_loads", *MARTS)}


def test_without_yes_it_only_says_what_would_go(
    lived_in: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in lived_in.environment.items():
        monkeypatch.setenv(name, value)
    before = tables(lived_in.settings.warehouse_file)
    assert run(["prune", "--vault-days", "1", "--rows-days", "1", "--json"]) == 0
    vault, rows = json.loads(capsys.readouterr().out)
    of_day = [row for name in ROWS for row in before[name] if row[1] == DAY]
    assert (vault["items"], rows["items"]) == (9, len(of_day))
    for each in (vault, rows):
        assert (each["oldest"], each["newest"], each["kept_from"]) == (DAY.isoformat(), DAY.isoformat(), NEXT_DAY.isoformat())
        assert each["size_bytes"] > 1000
        assert each["removed"] is False
    assert run(["prune", "--rows-days", "1"]) == 0
    assert "run it again with --yes" in capsys.readouterr().out
    assert tables(lived_in.settings.warehouse_file) == before
    assert len(list(lived_in.settings.vault_folder.rglob("*.zst"))) == 13


def test_with_yes_an_old_date_goes_from_every_table_and_the_vault(
    lived_in: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in lived_in.environment.items():
        monkeypatch.setenv(name, value)
    assert run(["prune", "--vault-days", "1", "--rows-days", "1", "--yes"]) == 0
    assert {name: found for name, found in dates(lived_in).items() if found - {NEXT_DAY}} == {}
    assert {path.name for path in lived_in.settings.vault_folder.glob("*/*")} == {NEXT_DAY.isoformat()}
    assert "Nothing is removed" not in capsys.readouterr().out


def test_the_newest_days_stay_even_under_a_clock_that_runs_years_ahead(lived_in: World) -> None:
    lived_in.now += timedelta(days=4000)
    with lived_in.home() as home:
        pruned = [prune_vault(home, days=2, forget=True), prune_rows(home, days=2, forget=True)]
    assert [(each.items, each.size_bytes, each.kept_from) for each in pruned] == [(0, 0, DAY)] * 2
    assert dates(lived_in)["url_day"] == {DAY, NEXT_DAY}
    assert len(list(lived_in.settings.vault_folder.rglob("*.zst"))) == 13


def test_it_is_off_unless_asked_and_an_empty_home_has_nothing_to_prune(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    assert run(["prune"]) == 2
    assert run(["prune", "--vault-days", "0"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert run(["prune", "--vault-days", "1", "--rows-days", "1", "--yes"]) == 0
    assert not world.settings.warehouse_file.exists()
