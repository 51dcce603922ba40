"""What a replay spells otherwise is told by hash, for rows of an older masker."""

import json
from dataclasses import replace

import duckdb
import pytest

from clarity_pipeline.cli.data.history import respelt_lines
from clarity_pipeline.cli.main import run
from clarity_pipeline.normalize.dimension_hash import dimension_hash
from clarity_pipeline.simulator.faults import Fault
from clarity_pipeline.upkeep.respelt import Respelt
from clarity_pipeline_tests.world import PROJECT, World

TOKENS = [f"{number:x}4d6608697a8d41be0110c57512f30594a90e6f3"[:40] for number in (10, 11, 12)]
PAGE = "https://shop.example/reset/:id"


def sends_tokens(body: bytes) -> bytes:
    """Three of the pages are links to reset a password, in every metric."""
    metrics = json.loads(body)
    pages = sorted({row["Url"] for metric in metrics for row in metric["information"] if row.get("Url")})[:3]
    links = {page: f"https://shop.example/reset/{token}" for page, token in zip(pages, TOKENS, strict=True)}
    for metric in metrics:
        for row in metric["information"]:
            row["Url"] = links.get(row.get("Url"), row.get("Url"))
    return json.dumps(metrics).encode()


def as_an_older_masker_left_it(world: World) -> dict[str, str]:
    """The row of each device under a part of each token, as normaliser 3 cut them; hashes of before, with those of today."""
    followed = {}
    with duckdb.connect(world.settings.warehouse_file) as connection:
        rows = connection.execute(
            "select device, dimension_hash from clarity_daily_metrics where slice = 'url_device' and url = ?", [PAGE]
        ).fetchall()
        for device, today in rows:
            for token in TOKENS:
                url = f"https://shop.example/reset/{token[:2]}:id{token[-5:]}"
                before = dimension_hash({"url": url, "device": device})
                followed[before] = today
                connection.execute(
                    "insert into clarity_daily_metrics select * replace ($url as url, $before as dimension_hash)"
                    " from clarity_daily_metrics where dimension_hash = $today",
                    {"url": url, "before": before, "today": today},
                )
            connection.execute("delete from clarity_daily_metrics where dimension_hash = ?", [today])
    return followed


def test_hashes_of_rows_that_an_older_masker_cut_are_followed_to_those_of_today(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    world.fake.script(PROJECT, *[replace(Fault(), change=sends_tokens)] * 4)
    assert run(["sync"]) == 0
    followed = as_an_older_masker_left_it(world)
    assert len(followed) >= 3
    capsys.readouterr()

    preview = world.folder / "preview.duckdb"
    assert run(["replay", "--into", str(preview), "--json"]) == 0
    output = capsys.readouterr().out
    told = json.loads(output)["respelt"]
    assert {each["dimension_hash_before"]: each["dimension_hash_after"] for each in told} == followed
    assert {(each["business"], each["slice"], *each["values"], each["rows"]) for each in told} == {
        ("acme", "url_device", "url", 1)
    }
    assert not any(token[-5:] in output for token in TOKENS)

    assert run(["replay"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("acme: "))
    assert line == (
        f"acme: {len(followed)} combinations of values (url) in {len(followed)} rows are spelt otherwise now, and are"
        f" {len(set(followed.values()))}; --json lists their hashes before and after."
    )
    assert run(["replay", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["respelt"] == []


def test_a_page_that_became_several_is_not_said_to_be_none() -> None:
    split = Respelt("acme", "url_device", "a" * 64, None, (), rows=3)
    masked = Respelt("acme", "url_device", "b" * 64, "c" * 64, ("url",), rows=2)
    assert list(respelt_lines([split, masked])) == [
        "acme: 1 combinations of values (url) in 2 rows are spelt otherwise now, and are 1;"
        " --json lists their hashes before and after.",
        "acme: 1 combinations of values in 3 rows stand no more, and no single one of today is what they were:"
        " a page that became several, or rows that are no longer told.",
    ]
