"""A fresh installation is told of a rejected token and a stale connection without anybody doing anything; a demo is not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from clarity_pipeline.alerts.listing import list_alerts
from clarity_pipeline.connections.audit import PIPELINE
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.rules.book.first_rules import store_first_rules
from clarity_pipeline.rules.book.rule_store import switch_rules
from clarity_pipeline_tests.cli.running import run_script
from clarity_pipeline_tests.panel.running import RunningPanel
from clarity_pipeline_tests.rules.asked import rules_in
from clarity_pipeline_tests.world import OTHER_PROJECT, PROJECT, World

FIRST = ["connection-stale", "token-rejected"]


def on(world: World) -> dict[str, bool]:
    with world.home() as home:
        return {stored.rule.id: stored.rule.enabled for stored in rules_in(home.state)}


def connect(world: World, slug: str = "globex") -> None:
    arguments = ("connect", slug, "--project-id", OTHER_PROJECT, "--token-file", "-", "--allow-shared")
    token = world.fake.token(OTHER_PROJECT)
    ran = run_script(*arguments, environment=world.environment, cwd=world.folder.parent, stdin=token)
    assert ran.status == 0, ran.err


def through_the_command_line(world: World, _: RunningPanel) -> None:
    connect(world)


def through_the_api(world: World, panel: RunningPanel) -> None:
    body = {"business": "globex", "project_id": OTHER_PROJECT, "token": world.fake.token(OTHER_PROJECT), "name": "Globex"}
    assert panel.visitor("max@agency.example").send("POST", "/api/v1/businesses", json=body).status_code == 201


def through_the_form(world: World, panel: RunningPanel) -> None:
    form = {"name": "Globex", "project_id": OTHER_PROJECT, "token": world.fake.token(OTHER_PROJECT)}
    assert panel.visitor("max@agency.example").post("/connect", **form).status_code == 303


@pytest.mark.parametrize("door", [through_the_command_line, through_the_api, through_the_form])
def test_whoever_connects_a_business_has_the_two_rules(
    door: Callable[[World, RunningPanel], None], world: World, panel: RunningPanel
) -> None:
    assert on(world) == {}
    door(world, panel)
    assert on(world) == dict.fromkeys(FIRST, True)
    with world.home() as home:
        assert {stored.author for stored in rules_in(home.state)} == {PIPELINE}
        (entry,) = [each for each in home.audit.entries() if each.action == "rules_changed"]
    assert (entry.actor, entry.sentence) == (PIPELINE, f"rules (import): added {', '.join(FIRST)}")


def test_who_switches_one_off_is_not_overruled_by_the_next_connection(world: World) -> None:
    connect(world)
    with world.home() as home:
        switch_rules(home.state, ["connection-stale"], enabled=False, clock=home.clock)
    connect(world, "initech")
    assert on(world) == {"connection-stale": False, "token-rejected": True}


def test_a_demos_own_home_does_not_get_them(world: World) -> None:
    world.settings.demo_marker.write_text("{}")
    with world.home() as home:
        assert store_first_rules(home.state, clock=home.clock, settings=world.settings) == ()
    assert on(world) == {}


def test_a_rejected_token_and_then_a_stale_connection_are_told(world: World, tmp_path: Path) -> None:
    with world.home() as home:
        store_first_rules(home.state, clock=home.clock, settings=world.settings)
    world.sync()

    def alerts() -> list[tuple[str, str]]:
        with world.home() as home:
            evaluate_business_days(home, [("acme", home.yesterday())])
            return [(each["rule"], each["state"]) for each in list_alerts(home.state)]

    assert alerts() == []
    world.later(days=2)
    assert alerts() == [("connection-stale", "firing")]
    world.fake.revoke(PROJECT)
    world.sync(world.now.date() - timedelta(days=1))
    assert ("token-rejected", "firing") in alerts()
