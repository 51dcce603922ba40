"""`rules preview` and `rules backtest`: what would be said, how near it was, and how two versions differ; nothing is recorded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE, Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal
from clarity_pipeline_tests.world import World

SPAN = ("--from", "2026-05-01", "--to", "2026-05-03")
NEVER = FIRES_AT_ONCE.replace("any-session", "never").replace("value: 1,", "value: 1000000,")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tried.yaml"


def test_preview_shows_values_and_records_nothing(after_a_day: Clarity) -> None:
    before = after_a_day("alerts", "--json").out
    (document,) = after_a_day("rules", "preview", "--json").document
    keys = ["business", "rule", "date", "outcome", "reason", "evidence", "scope", "entity", "entity_name"]
    assert list(document) == [*keys, "muted", "if_not_muted", "nearness", "nearness_of"]
    assert [document[key] for key in ("business", "rule", "date", "outcome")] == ["acme", "any-session", "2026-05-03", "fired"]
    assert [document[key] for key in ("muted", "if_not_muted", "nearness", "nearness_of")] == [False, None, None, None]
    assert document["evidence"][0]["metric"] == "clarity_sessions"
    ran = after_a_day("rules", "preview")
    assert "clarity_sessions" in ran.out
    assert "(above 1)" in ran.out
    (unknown,) = after_a_day("rules", "preview", "--date", "2026-05-02", "--json").document
    assert unknown["outcome"] == "unknown"
    assert after_a_day("alerts", "--json").out == before


def test_preview_says_how_near_a_rule_is_that_does_not_fire(after_a_day: Clarity, file: Path) -> None:
    (now,) = after_a_day("rules", "preview", "--json").document
    sessions = now["evidence"][0]["value"]
    file.write_text(NEVER.replace("1000000", str(int(sessions * 4))))
    (document,) = after_a_day("rules", "preview", "--file", str(file), "--json").document
    assert (document["rule"], document["outcome"], document["nearness_of"]) == ("never", "not", "when.threshold")
    assert document["nearness"] == pytest.approx(0.25, abs=1e-3)
    assert " 25%" in after_a_day("rules", "preview", "--file", str(file)).out


def test_what_is_named_is_tried_although_it_is_disabled(after_a_day: Clarity, file: Path) -> None:
    file.write_text(FIRES_AT_ONCE.replace("    severity", "    enabled: false\n    severity"))
    assert [each["outcome"] for each in after_a_day("rules", "preview", "--file", str(file), "--json").document] == ["fired"]
    (tried,) = after_a_day("rules", "backtest", *SPAN, "--file", str(file), "--json").document
    assert tried["fired_on"] == ["2026-05-03"]


def test_a_stored_rule_that_is_disabled_is_tried_only_when_it_is_named(clarity: Clarity, file: Path) -> None:
    file.write_text(FIRES_AT_ONCE.replace("    severity", "    enabled: false\n    severity"))
    clarity("rules", "import", str(file))
    assert clarity("rules", "preview", "--json").document == []
    assert [each["rule"] for each in clarity("rules", "preview", "--rule", "any-session", "--json").document] == ["any-session"]
    assert clarity("rules", "list", "--json").document[0]["enabled"] is False


def test_an_unknown_rule_or_business_is_named_with_the_nearest(after_a_day: Clarity) -> None:
    for command in (("preview",), ("backtest", *SPAN)):
        unknown = after_a_day("rules", *command, "--rule", "any-sesion")
        assert (unknown.status, unknown.error) == (1, "no rule is called 'any-sesion'; did you mean any-session?")
        assert after_a_day("rules", *command, "--business", "nobody").status == 1
        assert len(after_a_day("rules", *command, "--business", "acme", "--rule", "any-session", "--json").document) == 1


def test_many_verdicts_are_a_paragraph_a_rule(after_a_day: Clarity, file: Path) -> None:
    body = NEVER.removeprefix("rules:\n")
    file.write_text("rules:\n" + "".join(body.replace("never", f"never-{number}") for number in range(31)))
    lines = after_a_day("rules", "preview", "--file", str(file)).out.splitlines()
    assert lines[0] == "never-0  Somebody came"
    assert lines[1] == "  0 fire, 1 do not, 0 unknown"
    assert lines[2].startswith("  nearest: acme, 0% of the way: clarity_sessions ")
    assert len(lines) == 31 * 3
    unknown = after_a_day("rules", "preview", "--file", str(file), "--date", "2026-05-02").out.splitlines()
    assert unknown[:3] == [
        "never-0  Somebody came",
        "  0 fire, 0 do not, 1 unknown",
        "  unknown: acme: clarity_sessions has no data on 2026-05-02",
    ]


def test_backtest_says_how_many_days_have_data_before_what_fired(after_a_day: Clarity, file: Path) -> None:
    (document,) = after_a_day("rules", "backtest", *SPAN, "--json").document
    assert list(document.items()) == [
        ("business", "acme"),
        ("rule", "any-session"),
        ("days", 3),
        ("days_with_data", 1),
        ("unknown", 2),
        ("fired_on", ["2026-05-03"]),
        ("incidents", [{"opened_on": "2026-05-03", "resolved_on": None, "last_fired_on": "2026-05-03", "days": 1}]),
        ("scope", "business"),
        ("entity", None),
        ("entity_name", None),
        ("messages", {"opened": 1, "resolved": 0, "reminders": 0}),
        ("unknown_because", {"clarity_sessions has no data": 2}),
    ]
    data, coverage, _, *_, row = after_a_day("rules", "backtest", *SPAN).out.splitlines()
    assert data == "Data from 2026-05-01 to 2026-05-03, 3 days:"
    assert coverage == "  acme: 1 of 3 days, from 2026-05-03 to 2026-05-03"
    assert row.split()[-4:] == ["2026-05-03", "1", "1", "1"]
    file.write_text(NEVER)
    (tried,) = after_a_day("rules", "backtest", *SPAN, "--file", str(file), "--json").document
    assert (tried["rule"], tried["fired_on"]) == ("never", [])


def test_two_versions_are_compared_day_by_day(after_a_day: Clarity, file: Path) -> None:
    file.write_text(NEVER.replace("never", "any-session") + NEVER.removeprefix("rules:\n"))
    found = after_a_day("rules", "backtest", *SPAN, "--against", str(file), "--json").document
    assert [(each["rule"], each["only_here"], each["only_there"], each["both"]) for each in found] == [
        ("any-session", ["2026-05-03"], [], []),
        ("never", [], [], []),
    ]
    first, second = found
    assert (first["here"]["fired_on"], first["there"]["fired_on"]) == (["2026-05-03"], [])
    assert (second["here"], second["there"]["days"]) == (None, 3)
    said = after_a_day("rules", "backtest", *SPAN, "--against", str(file)).out.splitlines()
    assert said[-1] == "  any-session on acme, only here: 2026-05-03"
    assert [line.split() for line in said[-3:-1]] == [
        ["any-session", "1", "0", "0", "1", "0", "both"],
        ["never", "0", "0", "0", "0", "0", "there"],
    ]
    same = after_a_day("rules", "backtest", *SPAN, "--rule", "never", "--against", str(file), "--json").document
    assert [each["rule"] for each in same] == ["never"]


def test_a_span_that_ends_before_it_begins_is_wrong_usage(after_a_day: Clarity) -> None:
    ran = after_a_day("rules", "backtest", "--from", "2026-05-03", "--to", "2026-05-01")
    assert ran.status == 2
    assert ran.error.startswith("--to is before --from")


def test_on_a_terminal_of_eighty_columns_both_keep_whole_words(synced_world: World) -> None:
    for command in (("preview",), ("backtest", *SPAN)):
        status, seen = run_on_a_terminal("rules", *command, environment=synced_world.environment)
        assert status == 0
        assert "any-session" in seen
        assert "2026-05-03" in seen or command == ("preview",)


SPEND = """\
rules:
  - id: spend
    name: An ad spends
    scope: ad
    when: {threshold: {metric: entity.spend, operator: above, value: 50, window_days: 1}}
  - id: either
    name: An ad spends, or somebody came
    scope: ad
    when:
      any:
        - threshold: {metric: entity.spend, operator: above, value: 50, window_days: 1}
        - threshold: {metric: clarity_sessions, operator: above, value: 1, window_days: 1}
"""


def test_a_business_whose_sync_is_paused_is_judged_by_its_spend_in_every_way(
    synced: World, at_home: Callable[[World], Clarity], file: Path, tmp_path: Path
) -> None:
    """Before, nothing was judged: preview and sync said so, and a backtest fired."""
    world, today = synced, "2026-05-04"
    world.later(days=1)
    clarity = at_home(world)
    ads = tmp_path / "ads.csv"
    ads.write_text(f"business,date,level,id,currency,spend\nacme,{today},ad,a1,EUR,80\n")
    file.write_text(SPEND)
    for command in (("entities", "import", str(ads)), ("rules", "import", str(file)), ("disable", "acme")):
        assert clarity(*command).status == 0

    judged = {each["rule"]: each for each in clarity("rules", "preview", "--json").document}
    assert {rule: each["outcome"] for rule, each in judged.items()} == {
        "any-session": "unknown",
        "either": "fired",
        "spend": "fired",
    }
    assert [judged[rule]["muted"] for rule in ("any-session", "either", "spend")] == [True, False, False]
    assert judged["any-session"]["reason"] == f"muted while this lasts: the sync is paused and {today} has no data"
    assert judged["any-session"]["if_not_muted"] == "unknown"

    tried = clarity("rules", "backtest", "--from", today, "--to", today, "--json").document
    assert {each["rule"]: each["fired_on"] for each in tried} == {"any-session": [], "either": [today], "spend": [today]}
    assert {each["rule"]: each["unknown"] for each in tried} == {"any-session": 1, "either": 0, "spend": 0}

    ran = clarity("sync")
    assert (ran.status, "nothing to sync" in ran.err) == (0, True)
    alerts = {each["rule"]: (each["state"], each["since"]) for each in clarity("alerts", "--json").document}
    assert alerts == {"any-session": ("firing", "2026-05-03"), "either": ("firing", today), "spend": ("firing", today)}
