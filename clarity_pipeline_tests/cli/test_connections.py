"""connect, update, enable, disable, disconnect: what they say and what is so afterwards."""

import re
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.day import PROJECT, World


@pytest.fixture
def token_file(world: World) -> Path:
    file = world.home.parent / "token.txt"
    file.write_text(f"\n  {world.fake.token(PROJECT)}\r\n\n")
    return file


def test_connect_says_what_comes_next_and_spends_no_call(clarity: Clarity, world: World, token_file: Path) -> None:
    ran = clarity("connect", "beta-1", "--project-id", PROJECT, "--name", "Beta  Shop", "--token-file", str(token_file))
    assert ran.status == 0
    assert ran.out.splitlines()[0] == "Connected beta-1 (Beta Shop); its next daily sync is soon after 00:00 UTC."
    assert "The token expires on 2099-12-31" in ran.out
    assert world.calls() == 0


def test_connect_warns_of_a_project_that_two_businesses_share(clarity: Clarity, token_file: Path) -> None:
    ran = clarity("connect", "beta", "--project-id", PROJECT, "--token-file", str(token_file))
    (warning,) = ran.err.splitlines()
    assert ran.status == 0
    assert warning.startswith("warning: acme uses a token of the same Clarity project")
    assert clarity("connect", "beta", "--project-id", PROJECT, "--token-file", str(token_file)).err == ran.err
    (warning,) = clarity("update", "acme", "--token-file", str(token_file)).err.splitlines()
    assert warning.startswith("warning: beta uses")


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


def test_a_kept_parameter_changes_the_urls_of_the_next_load(clarity: Clarity, world: World) -> None:
    assert clarity("sync").status == 0
    assert not [url for url in urls(world) if "?" in url]
    ran = clarity("update", "acme", "--keep-parameter", "utm_source", "--keep-parameter", "utm_medium")
    assert ran.out.startswith("Updated acme.\n")
    assert not [url for url in urls(world) if "?" in url], "nothing changes before the next load"
    assert clarity("sync").status == 0
    kept = [url.partition("?")[2] for url in urls(world) if "?" in url]
    assert kept
    assert {part.partition("=")[0] for query in kept for part in query.split("&")} == {"utm_source", "utm_medium"}
    assert world.calls() == 4, "loading again spends no call"


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
