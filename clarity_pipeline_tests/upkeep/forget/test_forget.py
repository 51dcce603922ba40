"""A person's value is found in a lived-in home and gone from all of it, while no number of a date changes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import duckdb
import pytest
import sqlalchemy as sa
import zstandard

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.cli.main import run
from clarity_pipeline.simulator import faults
from clarity_pipeline.upkeep.sealing import alone
from clarity_pipeline_tests.world import DAY, PROJECT, World

PERSON = "Ann Müller-Sørensen"
PAGE = "https://roofmaster.example/customers/ann-mueller"
EDITED = "https://roofmaster.example/thanks"


def _with_her(metrics: list[dict[str, Any]]) -> None:
    """Her name as a campaign and in a query, and a page of her own, in the tuples of all metrics."""
    for row in (each for metric in metrics for each in metric["information"]):
        parts = urlsplit(row.get("Url") or "")
        if parts.path == "/solar/":
            row["Url"] = f"{PAGE}{'/index.html' * (len(parts.query) % 2)}?{parts.query}"
        elif parts.path == "/quote/":
            row["Url"] = f"{EDITED}?{parts.query}&name={quote(PERSON)}"
            if row.get("Campaign"):
                row["Campaign"] = PERSON.upper()


@pytest.fixture
def lived(world: World) -> World:
    """A date with her in all of its lanes."""
    world.fake.script(PROJECT, *[faults.edited(_with_her)] * 4)
    world.sync()
    world.later(days=1)
    return world


@pytest.fixture
def clarity(lived: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    for name, value in lived.environment.items():
        monkeypatch.setenv(name, value)

    def ran(*arguments: str) -> tuple[int, str, str]:
        status = run(list(arguments))
        told = capsys.readouterr()
        return status, told.out, told.err

    return ran


def _numbers(world: World) -> list[tuple[object, ...]]:
    """Sessions and dead clicks of each lane, and of the day's mart."""
    query = "select slice, sum(sessions), sum(dead_clicks), sum(rage_clicks) from clarity_daily_metrics group by all order by all"
    with duckdb.connect(str(world.settings.published_file), read_only=True) as file:
        lanes = file.execute(query).fetchall()
        return lanes + file.execute("select date, sessions, dead_clicks from business_day order by all").fetchall()


def _bytes_of(home: Path) -> Iterator[tuple[Path, str]]:
    """Every file, answers unpacked, folded."""
    for path in sorted(home.rglob("*")):
        if path.is_file():
            body = path.read_bytes()
            if path.name.endswith(".json.zst"):
                body = zstandard.ZstdDecompressor().decompress(body, max_output_size=10_000_000)
            yield path, body.decode("utf-8", "replace").casefold()


def _files_with(home: Path, *written: str) -> list[str]:
    return [path.name for path, text in _bytes_of(home) if any(each.casefold() in text for each in written)]


WRITTEN = (PERSON, quote(PERSON), json.dumps(PERSON)[1:-1])


def test_without_yes_it_says_where_a_value_stands_and_changes_nothing(lived: World, clarity: Any) -> None:
    before = dict(_bytes_of(lived.settings.vault_folder))
    status, out, _ = clarity("forget", PERSON, "--json")
    report = json.loads(out)
    assert (status, report["removed"], report["left"]) == (0, False, None)
    assert report["found"]["answers"] == 4
    assert report["found"]["warehouse"]["clarity_daily_metrics"] >= 1
    assert report["found"]["published"]["clarity_daily_metrics"] >= 1
    assert PERSON not in out
    assert dict(_bytes_of(lived.settings.vault_folder)) == before
    _, told, _ = clarity("forget", PERSON)
    assert "Nothing is changed yet; run it again with --yes." in told


def test_with_yes_nothing_of_a_value_is_left_in_any_file_and_every_number_is_the_same(lived: World, clarity: Any) -> None:
    assert clarity("markers", "add", "acme", "--url", EDITED, "--at", "2026-05-03", "--note", f"for {PERSON}")[0] == 0
    numbers = _numbers(lived)
    assert _files_with(lived.folder, *WRITTEN)
    status, out, err = clarity("forget", PERSON, "--yes", "--json")
    assert (status, err) == (0, "")
    report = json.loads(out)
    assert report["removed"] is True
    assert (report["left"]["answers"], report["left"]["warehouse"], report["left"]["published"], report["left"]["state"]) == (
        0,
        {},
        {},
        {},
    )
    assert report["found"]["state"]["clarity_change_markers"] == 1
    assert _files_with(lived.folder, *WRITTEN) == []
    assert _numbers(lived) == numbers
    assert "for :forgotten" in clarity("markers", "list", "acme")[1]
    assert "forgot a value or a page: 4 answer(s)" in clarity("audit")[1]
    assert "It stands nowhere that can be changed here." in clarity("forget", PERSON, "--yes")[1]


def test_a_page_goes_with_every_query_of_it_and_its_visits_stay_in_the_totals(lived: World, clarity: Any) -> None:
    numbers = _numbers(lived)
    status, _, err = clarity("forget", "--page", PAGE, "--yes")
    assert (status, err) == (0, "")
    assert _files_with(lived.folder, "customers/ann-mueller") == []
    assert _numbers(lived) == numbers
    with duckdb.connect(str(lived.settings.published_file), read_only=True) as file:
        pages = {url for (url,) in file.execute("select distinct url from clarity_daily_metrics").fetchall()}
    assert "https://roofmaster.example/:forgotten" in pages


def test_the_next_night_goes_on_and_nothing_is_fetched_or_loaded_again(lived: World, clarity: Any) -> None:
    calls = lived.calls()
    assert clarity("forget", PERSON, "--yes")[0] == 0
    assert lived.calls() == calls
    assert clarity("doctor", "--json")[0] == 0
    with lived.home() as home, home.state.read() as facts:
        known = {sha for (sha,) in facts.execute(sa.text("select answer_sha256 from clarity_sync_jobs where state = 'ok'"))}
        stored = {home.vault.answers("acme", date=DAY, slice_name=name)[0].sha256 for name in ("url_device", "url_country")}
    assert stored <= known
    lived.sync(lived.now.date().replace(day=lived.now.day - 1))
    assert clarity("publish")[0] == 0


@pytest.mark.slow("six processes are killed, each followed by a whole replay")
@pytest.mark.parametrize(
    "point", ["sidecar_kept", "answer_forgotten", "answers_forgotten", "rows_removed", "replay_built", "rows_forgotten"]
)
def test_killed_at_any_step_the_same_command_finishes_it(lived: World, point: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", **lived.environment}
    command = [
        sys.executable,
        "-c",
        "import sys; from clarity_pipeline.cli.main import main; main(sys.argv[1:])",
        "forget",
        PERSON,
        "--yes",
    ]
    numbers = _numbers(lived)
    killed = subprocess.run(
        command, env={**environment, "CLARITY_FAILPOINT": point}, capture_output=True, check=False, timeout=120
    )
    assert killed.returncode != 0
    again = subprocess.run(command, env=environment, capture_output=True, check=False, text=True, timeout=120)
    assert (again.returncode, again.stderr) == (0, "")
    assert _files_with(lived.folder, *WRITTEN) == []
    assert _numbers(lived) == numbers
    with lived.home() as home:
        lanes = [home.vault.answers("acme", date=DAY, slice_name=name) for name in DAILY_SLICES]
    assert [len(each) for each in lanes] == [1] * len(DAILY_SLICES), "no answer is left beside the one that took its place"


def test_a_replay_that_cannot_be_done_leaves_no_thinner_file_behind(lived: World, clarity: Any) -> None:
    numbers = _numbers(lived)
    in_the_way = lived.settings.warehouse_file.with_name("warehouse.duckdb.replay")
    in_the_way.mkdir()
    assert clarity("forget", PERSON, "--yes")[0] != 0
    in_the_way.rmdir()
    assert _numbers(lived) == numbers
    assert clarity("forget", PERSON, "--yes")[0] == 0
    assert _numbers(lived) == numbers
    assert _files_with(lived.folder, *WRITTEN) == []


def test_rows_whose_answers_are_pruned_go_and_the_others_of_their_lane_stay(lived: World, clarity: Any) -> None:
    shutil.rmtree(lived.settings.vault_folder / "acme" / DAY.isoformat())
    with duckdb.connect(str(lived.settings.published_file), read_only=True) as file:
        before = set(file.execute("select slice, dimension_hash, url from clarity_daily_metrics").fetchall())
    status, _, err = clarity("forget", "--page", PAGE, "--yes")
    assert (status, err) == (0, "")
    with duckdb.connect(str(lived.settings.published_file), read_only=True) as file:
        after = set(file.execute("select slice, dimension_hash, url from clarity_daily_metrics").fetchall())
    assert after == {row for row in before if row[2] != PAGE}
    assert len(after) < len(before)
    assert clarity("publish")[0] == 0, "it is not held to know less than was loaded"
    assert clarity("forget", "--page", PAGE)[1].startswith("It stands nowhere")


def test_nobody_seals_answers_while_they_are_forgotten(lived: World, clarity: Any) -> None:
    with alone(lived.settings):
        status, _, err = clarity("forget", PERSON, "--yes")
    assert (status, "wait for it, then run this again" in err) == (1, True)
    assert _files_with(lived.settings.vault_folder, *WRITTEN)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give one of a VALUE"),
        (("a", "--page", "b"), "give one of"),
        (("ann",), "give the whole of it"),
        (("--page", "/x"), "whole address"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_in_a_line(clarity: Any, arguments: tuple[str, ...], told: str) -> None:
    status, out, err = clarity("forget", *arguments)
    assert (status, out, told in err) == (2 if told.startswith("give one") else 1, "", True)
