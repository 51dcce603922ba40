"""`status`: the JSON document, and the words for people."""

from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal
from clarity_pipeline_tests.world import PROJECT, World


def test_the_document_of_a_business_that_was_never_synced(clarity: Clarity) -> None:
    ran = clarity("status", "acme", "--json")
    assert (ran.status, ran.err) == (0, "")
    assert list(ran.document[0].items()) == [
        ("business", "acme"),
        ("name", "Acme"),
        ("project_id", PROJECT),
        ("enabled", True),
        ("status", "not verified"),
        ("reason", None),
        ("last_synced_at", None),
        ("calls_used_today", 0),
        ("calls_left_today", 10),
        ("token_stored", True),
        ("token_expires_at", "2099-12-31T00:00:00Z"),
        ("totals", False),
        ("back_off", False),
        ("cut_lanes", []),
        ("regime_events", []),
        ("contract_drift", []),
        ("site", None),
        ("site_is_learned", None),
        ("findings", []),
        ("held_back", []),
    ]


def test_the_document_after_a_day(after_a_day: Clarity) -> None:
    (document,) = after_a_day("status", "--json").document
    assert (document["status"], document["reason"]) == ("connected", None)
    assert (document["calls_used_today"], document["calls_left_today"]) == (4, 6)
    assert document["last_synced_at"] == "2026-05-04T00:05:00Z"


def test_a_disconnected_business_has_no_calls_left_to_speak_of(clarity: Clarity) -> None:
    clarity("disconnect", "acme")
    (document,) = clarity("status", "--json").document
    assert (document["calls_used_today"], document["calls_left_today"]) == (0, 0)
    assert (document["token_stored"], document["token_expires_at"]) == (False, None)


def test_businesses_are_listed_by_slug_and_an_empty_home_is_an_empty_list(clarity: Clarity, world: World) -> None:
    for slug in ("zeta", "9to5", "beta_2"):
        world.connect(slug)
    assert [each["business"] for each in clarity("status", "--json").document] == ["9to5", "acme", "beta_2", "zeta"]
    world.folder = world.folder.with_name("empty")
    assert clarity("status", "--json").out == "[]\n"
    assert clarity("status").out == "No business is connected yet: `clarity-pipeline connect SLUG --project-id ID`.\n"


def test_people_read_a_word_and_what_to_do(clarity: Clarity, world: World) -> None:
    world.fake.revoke(PROJECT)
    clarity("test", "acme")
    ran = clarity("status")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[-2].split() == ["acme", "reconnect", "token_rejected", "-", "1", "of", "10", "2099-12-31"]
    assert lines[-1] == "acme: Clarity rejects the token, or it has expired; connect again with a fresh one"


def test_a_spent_day_is_said_and_ends_at_midnight(clarity: Clarity, world: World) -> None:
    world.fake.script(PROJECT, faults.QUOTA_SPENT)
    assert clarity("test", "acme").status == 3
    assert "acme: the ten calls of this UTC day are spent" in clarity("status").out
    world.later(days=1)
    assert clarity("status", "--json").document[0]["calls_left_today"] == 10


def test_on_a_narrow_terminal_no_word_is_broken(synced_world: World) -> None:
    status, seen = run_on_a_terminal("jobs", environment=synced_world.environment)
    assert status == 0
    assert max(len(line) for line in seen.splitlines() if "\x1b[2m" not in line) <= 80 + len("\x1b[22m\x1b[0m")
    for word in ("acme", "2026-05-03", "url_campaign_channel", "ok"):
        assert word in seen
    assert "(left out here: finished at; " in seen
