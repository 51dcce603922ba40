"""Made-up personal data in every place of a URL goes through a whole day; afterwards only the vault knows of it."""

import json
import logging
import random
from dataclasses import replace
from urllib.parse import quote

import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.simulator.faults import Fault
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.normalize.personal import KINDS, personal
from clarity_pipeline_tests.test_canary import contents
from clarity_pipeline_tests.world import PROJECT, World


def planted(draw: random.Random) -> tuple[list[str], list[str]]:
    """URLs with a value of each kind in path, query, fragment and userinfo, encoded none to two times; and the values."""
    values, urls = [], []
    for kind in KINDS:
        for times in range(3):
            own = [personal(kind, draw).replace("/", "") for _ in range(4)]
            values += own
            for _ in range(times):
                own = [quote(value, safe="") for value in own]
            path, query, name, fragment = own
            urls.append(f"https://shop.example/konto/{path}/a?q={query}&keep={path}&{name}=1#{fragment}")
    return urls, values


def poisoned(urls: list[str], campaign: str) -> Fault:
    """The ordinary answer with those URLs in its rows and in a field we do not know, an address as campaign and source."""

    def change(body: bytes) -> bytes:
        metrics = json.loads(body)
        for metric in metrics:
            for place, row in enumerate(metric["information"]):
                if "Url" in row:
                    row["Url"] = urls[place % len(urls)] + ("" if place < len(urls) else f"&n={place}")
                for name in ("Campaign", "Source"):
                    if name in row and place % 3 == 0:
                        row[name] = campaign
                row["landing"] = {"from": [urls[place % len(urls)]], "title": f"Hello {campaign}"}
        return json.dumps(metrics, ensure_ascii=False).encode()

    return replace(Fault(), change=change)


def test_no_personal_data_reaches_anything_but_the_vault(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    urls, values = planted(random.Random(11))
    mail = "berta.beispiel@post.example.org"
    world.fake.script(PROJECT, *[poisoned(urls, mail)] * 4)
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
    assert run(["update", "acme", "--keep-parameter", "keep"]) == 0
    assert [run(["sync"]), run(["replay"]), run(["publish"])] == [0, 0, 0]
    assert [run([command, "--json"]) for command in ("status", "jobs", "alerts")] == [0, 0, 0]
    output = capfd.readouterr()
    vault = str(world.settings.vault_folder)
    places = [*contents(world.folder), ("out", output.out.encode()), ("err", output.err.encode()), ("log", caplog.text.encode())]
    needles = [
        needle.encode() for value in (*values, mail) for needle in {value, quote(value, safe=""), quote(quote(value, safe=""))}
    ]
    leaks = {place for place, content in places if not place.startswith(vault) and any(each in content for each in needles)}
    assert leaks == set()
    assert any(any(each in content for each in needles) for place, content in places if place.startswith(vault))
    assert sum("warehouse.duckdb" in place or "dagster" in place for place, _ in places) > 10
    assert b"/konto/:id/a" in b"".join(
        content for place, content in places if place.endswith("warehouse.duckdb clarity_daily_metrics")
    )
