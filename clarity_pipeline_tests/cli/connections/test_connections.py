"""connect, update, enable, disable, disconnect: what they say and what is so afterwards."""

import os
import pwd
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.connections.made_up import token_of
from clarity_pipeline_tests.world import PROJECT, World


@pytest.fixture
def token_file(world: World) -> Path:
    file = world.folder.parent / "token.txt"
    file.write_text(f"\n  {world.fake.token(PROJECT)}\r\n\n")
    return file


def test_connect_says_what_comes_next_and_spends_no_call(clarity: Clarity, world: World, token_file: Path) -> None:
    clarity("disconnect", "acme")
    ran = clarity("connect", "beta-1", "--project-id", PROJECT, "--name", "Beta  Shop", "--token-file", str(token_file))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "Connected beta-1 (Beta Shop); its next daily sync is soon after 00:00 UTC."
    assert "The token expires on 2099-12-31" in ran.out
    assert world.calls() == 0


def test_a_project_of_another_business_is_refused_until_sharing_is_said_to_be_meant(clarity: Clarity, token_file: Path) -> None:
    connect = ("connect", "beta", "--project-id", PROJECT, "--token-file", str(token_file))
    ran = clarity(*connect)
    assert (ran.status, ran.out) == (2, "")
    assert "connected as acme already" in ran.error
    assert ran.error.endswith("--allow-shared")
    assert [each["business"] for each in clarity("status", "--json").document] == ["acme"]
    ran = clarity(*connect, "--allow-shared")
    assert (ran.status, ran.err.count("\n")) == (0, 1)
    assert ran.err.startswith("warning: acme uses a token of the same Clarity project")
    assert clarity(*connect).err == ran.err, "what was allowed need not be said again, and is still worth a warning"
    (warning,) = clarity("update", "acme", "--token-file", str(token_file)).err.splitlines()
    assert warning.startswith("warning: beta uses"), "whoever was there first is told too, and not refused"


def test_update_refuses_a_token_of_another_business_too(clarity: Clarity, world: World, token_file: Path) -> None:
    own = world.folder.parent / "own.txt"
    own.write_text("an-opaque-token-of-its-own")
    assert clarity("connect", "beta", "--project-id", "beta123", "--token-file", str(own)).status == 0
    ran = clarity("update", "beta", "--name", "Beta", "--token-file", str(token_file))
    assert (ran.status, "connected as acme" in ran.error) == (2, True)
    assert clarity("status", "beta", "--json").document[0]["name"] == "beta", "all or nothing"
    assert clarity("update", "beta", "--token-file", str(token_file), "--allow-shared").status == 0


def test_hints_of_a_token_are_said_and_stop_nobody(clarity: Clarity, world: World) -> None:
    file = world.folder.parent / "odd.txt"
    file.write_text(token_of("7", exp=1_777_939_200, aud="another.service", scope="Data.Import").reveal())
    ran = clarity("connect", "odd", "--project-id", "odd1234", "--token-file", str(file))
    assert (ran.status, "The token expires on 2026-05-05 (0 days)." in ran.out.splitlines()) == (0, True)
    said = " ".join(ran.err.splitlines())
    for words in ("generate one that lasts longer", "not one for data export", "does not allow data export"):
        assert words in said
    file.write_text(token_of("7", exp=1_777_766_400).reveal())
    assert "warning: the token expired on 2026-05-03" in clarity("update", "odd", "--token-file", str(file)).err
    file.write_text("an-opaque-token-of-more-than-20")
    ran = clarity("connect", "opaque", "--project-id", PROJECT, "--token-file", str(file))
    assert ran.status == 0
    assert "a test tells whether Clarity takes it" in ran.err
    assert "acme has the same project ID; is it the right one?" in ran.err
    world.fake.revoke(PROJECT)
    assert clarity("test", "acme").status == 1
    file.write_text(world.fake.token(PROJECT))
    assert "this is the token that Clarity has rejected" in clarity("update", "acme", "--token-file", str(file)).err


def test_whoever_changes_a_connection_stands_in_the_audit_log(clarity: Clarity, world: World, token_file: Path) -> None:
    steps = (
        ("disable", "acme"), ("disable", "acme"), ("enable", "acme"), ("update", "acme", "--name", "Outlet"),
        ("test", "acme"), ("update", "acme", "--token-file", str(token_file)), ("disconnect", "acme"), ("disconnect", "acme"),
        ("connect", "acme", "--project-id", PROJECT, "--token-file", str(token_file)),
    )  # fmt: skip
    assert [clarity(*step).status for step in steps] == [0] * len(steps)
    world.fake.revoke(PROJECT)
    assert clarity("test", "acme").status == 1
    entries = clarity("audit", "acme", "--json").document
    user = f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    assert [(each["action"], each["actor"]) for each in reversed(entries)] == [
        ("connected", "pipeline"), ("paused", user), ("enabled", user), ("updated", user), ("tested", user),
        ("token_replaced", user), ("disconnected", user), ("connected", user), ("rejected", "pipeline"), ("tested", user),
    ]  # fmt: skip
    (refused, *_), accepted = entries, entries[5]
    assert refused["detail"] == {"result": "token_rejected", "http_status": 401, "calls": 1, "calls_left": 8}
    assert accepted["detail"] == {"result": "accepted", "http_status": 200, "calls": 1, "calls_left": 9}
    assert entries[6]["detail"] == {"fields": ["name"]}
    hint = re.fullmatch("[0-9a-f]{4}", entries[2]["detail"]["token"])
    assert hint
    assert hint[0] not in world.fake.token(PROJECT)[-4:]
    lines = clarity("audit", "--limit", "2").out.splitlines()
    assert [line.split()[2:4] for line in lines[1:]] == [["acme", user], ["acme", "pipeline"]]
    assert lines[1].endswith("tested the token: token_rejected, 1 call(s) taken")


def test_the_audit_log_of_nobody_and_of_a_business_without_entries(clarity: Clarity, world: World) -> None:
    ran = clarity("audit", "acne")
    assert (ran.status, "named acne" in ran.error) == (1, True)
    assert clarity("audit", "--limit", "0").status == 2
    world.folder = world.folder.with_name("empty")
    assert clarity("audit").out == "Nothing was changed yet.\n"
    assert clarity("audit", "--json").document == []


@pytest.mark.parametrize("slug", ["Acme", "a b", "ümlaut", "-x", "a|b", "a,b", "a" * 64, "../etc", "", "\x1b[31mred"])
def test_a_bad_slug_is_refused_before_anything_is_stored(clarity: Clarity, token_file: Path, slug: str) -> None:
    ran = clarity("connect", "--project-id", PROJECT, "--token-file", str(token_file), "--", slug)
    assert (ran.status, ran.out) == (2, "")
    assert "slug" in ran.error
    assert "\x1b" not in ran.err
    assert [each["business"] for each in clarity("status", "--json").document] == ["acme"]


@pytest.mark.parametrize("project_id", ["abc", "a" * 21, "abc 123", "abc-123", ""])
def test_a_bad_project_id_is_refused(clarity: Clarity, token_file: Path, project_id: str) -> None:
    ran = clarity("connect", "beta", "--project-id", project_id, "--token-file", str(token_file))
    assert (ran.status, ran.out) == (2, "")
    assert "project ID is 6 to 20 letters and digits" in ran.error
    assert clarity("update", "acme", "--project-id", project_id or " ").status == 2


def test_update_changes_what_is_given_and_nothing_else(clarity: Clarity, world: World, token_file: Path) -> None:
    (before,) = clarity("status", "--json").document
    said = clarity("update", "acme", "--name", "Acme Outlet").out
    assert re.fullmatch(r"Updated acme\.\nThe token expires on 2099-12-31 \(\d+ days\)\.\n", said)
    assert clarity("update", "acme", "--project-id", "zyx987wvu6").status == 0
    token_file.write_text(world.fake.reissue(PROJECT))
    assert clarity("update", "acme", "--token-file", str(token_file)).status == 0
    (after,) = clarity("status", "--json").document
    assert after == {**before, "name": "Acme Outlet", "project_id": "zyx987wvu6"}
    assert clarity("test", "acme").status == 0, "the new token is the one that is used"


def test_a_token_that_was_rejected_is_cured_by_an_update(clarity: Clarity, world: World, token_file: Path) -> None:
    world.fake.revoke(PROJECT)
    assert clarity("test", "acme").status == 1
    (rejected,) = clarity("status", "--json").document
    assert (rejected["status"], rejected["reason"], rejected["enabled"]) == ("reconnect", "token_rejected", False)
    token_file.write_text(world.fake.reissue(PROJECT))
    assert clarity("update", "acme", "--token-file", str(token_file)).status == 0
    (cured,) = clarity("status", "--json").document
    assert (cured["status"], cured["reason"], cured["enabled"]) == ("not verified", None, True)


def test_a_kept_parameter_changes_the_urls_of_the_next_load(synced: World, at_home: Callable[[World], Clarity]) -> None:
    clarity = at_home(synced)
    assert not [url for url in urls(synced) if "?" in url]
    ran = clarity("update", "acme", "--keep-parameter", "utm_source", "--keep-parameter", "utm_medium")
    assert ran.out.startswith("Updated acme.\n")
    assert not [url for url in urls(synced) if "?" in url], "nothing changes before the next load"
    assert clarity("sync").status == 0
    kept = [url.partition("?")[2] for url in urls(synced) if "?" in url]
    assert kept
    assert {part.partition("=")[0] for query in kept for part in query.split("&")} == {"utm_source", "utm_medium"}
    assert synced.calls() == 0, "loading again spends no call"


def urls(world: World) -> list[str]:
    with duckdb.connect(world.settings.published_file, read_only=True) as connection:
        return [
            url
            for (url,) in connection.execute("select distinct url from clarity_daily_metrics where url is not null").fetchall()
        ]


def test_disable_enable_and_disconnect_say_how_to_go_back(clarity: Clarity, world: World) -> None:
    assert clarity("disable", "acme").out == "Disabled acme (paused); `clarity-pipeline enable acme` resumes it.\n"
    assert word(clarity) == ("paused", "paused")
    assert clarity("disable", "acme").status == 0
    assert clarity("enable", "acme").out == "Enabled acme; its next daily sync is soon after 00:00 UTC.\n"
    assert word(clarity) == ("not verified", None)
    assert clarity("disconnect", "acme").out == "Disconnected acme; its token is gone, its history is kept.\n"
    assert word(clarity) == ("not connected", "disconnected")
    ran = clarity("enable", "acme")
    assert (ran.status, "clarity-pipeline connect acme" in ran.error) == (1, True)
    ran = clarity("test", "acme")
    assert (ran.status, "clarity-pipeline connect acme" in ran.error) == (1, True)
    assert world.calls() == 0


def word(clarity: Clarity) -> tuple[str, str | None]:
    (document,) = clarity("status", "--json").document
    return document["status"], document["reason"]
