"""`pages preview`, and the page options of `connect` and `update`: what they say, refuse and propose."""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline_tests.cli.running import Ran
from clarity_pipeline_tests.upkeep.played_pages import PlayedPages, case, needs_cases, playing, token

Clarity = Callable[..., Ran]

ROUTED = {
    "https://oak.example/shop.php?item=7&gclid=abc1": 30,
    "https://oak.example/shop.php?item=8": 24,
    "https://elm.example/": 6,
    "file:///home/anna/offer.html": 2,
}


@pytest.fixture
def clarity(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[[PlayedPages], Clarity]:
    def at(played: PlayedPages) -> Clarity:
        def ran(*arguments: str) -> Ran:
            for name, value in played.environment.items():
                monkeypatch.setenv(name, value)
            capfd.readouterr()
            status = run(arguments)
            output = capfd.readouterr()
            return Ran(status, output.out, output.err)

        return ran

    return at


@pytest.fixture
def played(tmp_path: Path) -> Iterator[PlayedPages]:
    with playing(tmp_path / "home", ROUTED, site=("oak.example",)) as found:
        found.load()
        yield found


def test_without_options_the_preview_says_what_the_addresses_speak_for_and_how_to_have_it(
    played: PlayedPages, clarity: Callable[[PlayedPages], Clarity]
) -> None:
    said = clarity(played)("pages", "preview", "acme")
    assert said.status == 0
    assert "87.1% of the visits are on paths whose pages hang on parameters of the query: item" in said.out
    assert "Pages: 3 today, 4 after." in said.out
    assert "https://oak.example/shop.php?item=7 (30)" in said.out
    assert "6 visits (9.7%) on other hosts: elm.example (6)." in said.out
    assert "2 visits (3.2%) on no web page: file: (2)." in said.out
    assert "clarity-pipeline update acme --keep-parameter item\n  clarity-pipeline replay" in said.out
    assert "gclid" not in said.out
    assert "anna" not in said.out


def test_the_preview_of_given_options_is_one_document_for_programs_and_changes_nothing(
    played: PlayedPages, clarity: Callable[[PlayedPages], Clarity]
) -> None:
    ran = clarity(played)("pages", "preview", "acme", "--other-hosts", "grouped", "--non-web", "grouped", "--json")
    found = ran.document
    assert (found["pages_today"], found["pages_after"], found["merged"], found["split"]) == (3, 3, 0, 0)
    assert (found["is_proposed"], found["options"]) == (False, "--other-hosts grouped --non-web grouped")
    assert found["settings"] == {
        "other_hosts": "grouped", "non_web": "grouped", "kept_query_parameters": [], "keep_path_ids": False,
    }  # fmt: skip
    assert found["other_hosts"] == {"visits": 6, "share": 6 / 62, "by_name": {"elm.example": 6}}
    assert [each["options"] for each in found["proposals"]] == ["--keep-parameter item", "", ""]
    with played.home() as home:
        assert home.connections.get("acme").pages.is_plain


def test_update_takes_what_the_preview_proposed_and_says_that_replay_applies_it(
    played: PlayedPages, clarity: Callable[[PlayedPages], Clarity]
) -> None:
    ran = clarity(played)
    options = shlex.split(ran("pages", "preview", "acme", "--json").document["options"])
    said = ran("update", "acme", *options)
    assert said.out.startswith(
        "Updated acme.\nWhat is a page of acme is changed from the next load on; `clarity-pipeline replay`"
    )
    again = ran("pages", "preview", "acme", "--json").document
    assert (again["pages_today"], again["proposals"][0]["code"]) == (4, "other_hosts")


def test_ids_of_visits_are_refused_by_name_and_campaigns_warned_of(
    played: PlayedPages, clarity: Callable[[PlayedPages], Clarity]
) -> None:
    ran = clarity(played)
    for command in ("update", "pages preview"):
        refused = ran(*command.split(), "acme", "--keep-parameter", "sid", "--keep-parameter", "gclid")
        assert refused.status == 2
        assert refused.error.startswith("sid, gclid would make a page of nearly every visit")
    assert ran("update", "acme", "--keep-parameter", "sid", "--insist").status == 0
    doubted = ran("update", "acme", "--keep-parameter", "utm_source")
    assert (doubted.status, doubted.err.startswith("warning: utm_source: tells campaigns apart")) == (0, True)
    assert ran("update", "acme", "--insist").status == 2, "by itself it changes nothing"
    assert ran("update", "acme", "--path-pattern", "/:all").status == 2


def test_connect_takes_the_same_options(tmp_path: Path, clarity: Callable[[PlayedPages], Clarity]) -> None:
    with playing(tmp_path / "home", ROUTED, connected=False) as played:
        file = tmp_path / "token"
        file.write_text(token().reveal())
        ran = clarity(played)
        said = ran(
            "connect",
            "acme",
            "--project-id",
            "abc123def4",
            "--token-file",
            str(file),
            "--hash-routes",
            "--keep-parameter",
            "item",
        )
        assert said.status == 0
        with played.home() as home:
            pages = home.connections.get("acme").pages
            assert (pages.hash_routes, pages.kept_parameters) == (True, frozenset({"item"}))
        assert "The vault has no answer of acme yet" in ran("pages", "preview", "acme").out
        assert ran("connect", "beta", "--without-clarity", "--hash-routes").status == 2


@needs_cases
@pytest.mark.slow("a day by the real job, and its replay; the same without Dagster is in upkeep/test_pages")
@pytest.mark.parametrize(("name", "after"), [("p01-hash-routes", 4), ("q01-query-routes", 7), ("p10-proxied-hosts", 3)])
def test_a_case_by_the_commands_alone(tmp_path: Path, clarity: Callable[[PlayedPages], Clarity], name: str, after: int) -> None:
    with playing(tmp_path / "home", case(name)) as played:
        ran = clarity(played)
        assert ran("sync").status == 0
        found = ran("pages", "preview", "acme", "--json").document
        assert found["pages_after"] == after
        assert ran("update", "acme", *shlex.split(found["options"])).status == 0
        assert ran("replay").status == 0
        assert ran("pages", "preview", "acme", "--json").document["pages_today"] == after
