"""From the socket to a muted rule: consent is lost for two days, and everybody is told until it is back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import Disruption
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.cli.running import Ran
from clarity_pipeline_tests.world import OTHER_PROJECT, PROJECT, World

FIRST = date(2026, 5, 3)
LOST, BACK = FIRST + timedelta(days=7), FIRST + timedelta(days=9)
EVENTS = "select kind, started_on, ended_on from clarity_regime_events where business_id = 'acme' order by started_on"
VERDICTS = "select business_id, outcome, reason from clarity_rule_evaluations where date = $day order by business_id"


@pytest.fixture
def disrupted(tmp_path: Path) -> Iterator[World]:
    """acme loses its visitors' consent for two days; zeta does not."""
    world = World(tmp_path / "home")
    planted = Disruption(kind="consent_missing", from_date=LOST, until_date=BACK)
    site = replace(small(), sessions_a_day=200)
    sites = [replace(site, disruptions=(planted,)), replace(site, project_id=OTHER_PROJECT)]
    world.fake = FakeClarity(sites, clock=lambda: world.now)
    with world.fake:
        world.connect("acme")
        world.connect("zeta", project_id=OTHER_PROJECT)
        with world.home() as home:
            import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
        yield world


@pytest.mark.slow("a week of two businesses by the real job; trust/test_regime has what makes an event")
def test_lost_consent_mutes_the_rules_of_that_business_while_it_lasts(
    disrupted: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    world = disrupted

    def days(first: date, until: date) -> None:
        for number in range((until - first).days):
            day = first + timedelta(days=number)
            world.now = datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC) + timedelta(days=1)
            with world.home() as home, world.day_sync() as day_sync:
                day_sync.run(home, business_ids=["acme", *(["zeta"] if day >= LOST - timedelta(days=1) else [])], day=day)

    def clarity(*arguments: str) -> Ran:
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        status = run(arguments)
        output = capfd.readouterr()
        return Ran(status, output.out, output.err)

    def published(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with duckdb.connect(world.settings.published_file, read_only=True) as connection:
            return connection.execute(query, parameters).fetchall()

    days(FIRST, LOST)
    assert published(EVENTS) == [("new_connection", FIRST, FIRST)]
    assert [outcome for _, outcome, _ in published(VERDICTS, day=LOST - timedelta(days=1))] == ["fired", "fired"]

    days(LOST, LOST + timedelta(days=1))
    assert published(EVENTS)[1:] == [("consent_missing", LOST, None)]
    (acme, zeta) = published(VERDICTS, day=LOST)
    assert (acme[1], zeta[1]) == ("unknown", "fired")
    assert f"muted while this lasts: consent_missing since {LOST}" in acme[2]
    (alone,) = [each for each in clarity("status", "--json").document if each["business"] == "acme"]
    assert [event["kind"] for event in alone["regime_events"]] == ["consent_missing"]
    assert f"since {LOST} pages a session fell to" in clarity("status").out
    (other, previewed) = clarity("rules", "preview", "--json").document
    assert (previewed["business"], previewed["outcome"], other["outcome"]) == ("acme", "unknown", "fired")
    assert "consent_missing" in previewed["reason"]
    assert [(each["muted"], each["if_not_muted"]) for each in (other, previewed)] == [(False, None), (True, "fired")]
    assert "(else it would fire)" in clarity("rules", "preview").out

    days(LOST + timedelta(days=1), BACK + timedelta(days=1))
    ended = [("new_connection", FIRST, FIRST), ("consent_missing", LOST, BACK - timedelta(days=1))]
    assert published(EVENTS) == ended
    assert [outcome for _, outcome, _ in published(VERDICTS, day=BACK)] == ["fired", "fired"]
    assert all(each["regime_events"] == [] for each in clarity("status", "--json").document)
    rebuilt = world.folder.parent / "rebuilt.duckdb"
    with world.home() as home:
        replay(home, into=rebuilt)
    with duckdb.connect(rebuilt, read_only=True) as connection:
        assert connection.execute(EVENTS).fetchall() == ended
    assert world.fake.calls(PROJECT)[-1].status == 200
