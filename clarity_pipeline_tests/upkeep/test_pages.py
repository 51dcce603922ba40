"""Pages that are pages, from the socket to the table: found, shown, said by a person, and applied to the past."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.connections.pages import checked_changes
from clarity_pipeline.upkeep.page_preview import Preview, preview, settings_of
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.upkeep.played_pages import DAY, PlayedPages, case, needs_cases, playing

ROUTED = {
    "https://oak.example/index.php?route=catalog/item&item=7": 30,
    "https://oak.example/index.php?route=catalog/item&item=8&gclid=abc1": 24,
    "https://oak.example/index.php?route=basket&sid=0a1b": 9,
    "https://oak.example/index.php": 4,
}
HASHED = {"https://app.oak.example/#/price": 40, "https://app.oak.example/#!/help": 20, "https://app.oak.example/#top": 80}


def pages(played: PlayedPages) -> dict[str, int]:
    """Sessions by page in the table."""
    with played.home() as home, home.warehouse.connect() as connection:
        query = "select url, sum(sessions)::int from clarity_daily_metrics where slice = 'url_device' group by url"
        return dict(connection.execute(query).fetchall())


def accepted(played: PlayedPages, changes: Mapping[str, Any]) -> dict[str, int]:
    """The pages after these changes and a replay."""
    with played.home() as home:
        home.page_settings.change("acme", changes, actor="cli:anna")
        assert replay(home).failures == ()
    return pages(played)


def findings(played: PlayedPages) -> list[tuple[Any, ...]]:
    with played.home() as home, home.warehouse.connect() as connection:
        query = "select code, severity, metric, round(figure, 3) from clarity_findings where slice = 'url_device' order by all"
        return connection.execute(query).fetchall()


def shown(played: PlayedPages, changes: Mapping[str, Any] | None = None) -> Preview:
    with played.home() as home:
        return preview(home, "acme", changes or {})


@pytest.mark.parametrize(("site", "folded", "apart"), [(ROUTED, 1, 4), (HASHED, 1, 3)])
def test_pages_that_are_folded_are_proposed_and_after_replay_as_many_as_the_preview_said(
    tmp_path: Path, site: dict[str, int], folded: int, apart: int
) -> None:
    with playing(tmp_path / "home", site) as played:
        played.load()
        assert len(pages(played)) == folded
        found = shown(played)
        assert (found.pages_today, found.pages_after, found.is_proposed) == (folded, apart, True)
        assert found.visits == sum(site.values())
        assert len(pages(played)) == folded, "a preview changes nothing"
        after = accepted(played, found.changes)
        assert len(after) == apart
        assert sum(after.values()) == sum(site.values())
        assert not [url for url in after if "gclid" in url or "sid=" in url]
        assert not shown(played).proposals, "what is kept is not proposed again"


def test_settings_can_be_taken_back_and_replay_gives_the_pages_of_before(tmp_path: Path) -> None:
    with playing(tmp_path / "home", ROUTED) as played:
        played.load()
        before = pages(played)
        accepted(played, checked_changes({"kept_query_parameters": ["route"], "hash_routes": True, "index_files": ["x.aspx"]}))
        assert pages(played) != before
        nothing = checked_changes({"kept_query_parameters": ["none"], "hash_routes": False, "index_files": ["none"]})
        assert accepted(played, nothing) == before
        with played.home() as home:
            assert home.connections.get("acme").pages.is_plain


def test_what_is_merged_and_what_is_split_is_shown_by_example_with_its_share(tmp_path: Path) -> None:
    site = {f"https://oak.example/product/{name}": 10 for name in "abcdef"} | {
        "https://oak.example/x?p=1": 30,
        "https://oak.example/x?p=2": 10,
    }
    with playing(tmp_path / "home", site) as played:
        played.load()
        found = shown(played, checked_changes({"kept_query_parameters": ["p"], "path_patterns": ["/product/:name"]}))
        assert (found.pages_today, found.pages_after, found.merged, found.split) == (7, 3, 6, 1)
        merged, split = found.examples
        assert (merged.kind, merged.page, merged.visits) == ("merged", "https://oak.example/product/:name", 60)
        assert (split.kind, split.page, dict(split.parts)) == (
            "split", "https://oak.example/x", {"https://oak.example/x?p=1": 30, "https://oak.example/x?p=2": 10},
        )  # fmt: skip
        assert found.share(split.visits) == 0.4
        assert found.upper_bounds == 0.6
        assert not found.is_proposed


def test_folded_routes_are_a_finding_until_somebody_says_what_a_page_is(tmp_path: Path) -> None:
    with playing(tmp_path / "home", ROUTED) as played:
        played.load()
        assert findings(played) == [
            ("folded_upper_bound", "info", "sessions", 0.552),
            ("query_routes", "warning", "item, route", 1.0),
        ]
        accepted(played, shown(played).changes)
        assert findings(played) == []


def test_a_page_of_several_anchors_says_that_its_sessions_are_an_upper_bound(tmp_path: Path) -> None:
    site = {
        "https://oak.example/guide": 100,
        "https://oak.example/guide#top": 60,
        "https://oak.example/guide/": 40,
        "https://oak.example/": 50,
    }
    with playing(tmp_path / "home", site) as played:
        played.load()
        assert findings(played) == [("folded_upper_bound", "info", "sessions", 0.4)]
        with played.home() as home, home.warehouse.connect() as connection:
            refresh(connection, [MARTS["url_day"]], business_id="acme", date=DAY)
            rows = connection.execute("select url, sessions, is_folded from url_day order by url").fetchall()
        assert rows == [("https://oak.example/", 50, False), ("https://oak.example/guide", 200, True)]


def test_click_ids_and_campaigns_do_not_change_within_a_visit_and_are_no_finding(tmp_path: Path) -> None:
    site = {f"https://oak.example/lp?gclid=g{n}&utm_source=s{n % 4}": 1 for n in range(60)}
    with playing(tmp_path / "home", site) as played:
        played.load()
        assert findings(played) == []


def test_a_setting_that_makes_a_page_of_every_visit_is_warned_of(tmp_path: Path) -> None:
    site = {f"https://oak.example/lp?visit={n}": 1 for n in range(40)} | {"https://oak.example/": 40}
    with playing(tmp_path / "home", site) as played:
        played.load()
        (warning,) = shown(played, checked_changes({"kept_query_parameters": ["visit"]})).warnings
        assert "41 pages in place of 2" in warning
        assert shown(played, checked_changes({"kept_query_parameters": ["nothing"]})).warnings == ()


def test_other_hosts_and_addresses_that_are_none_are_told_with_their_share_and_grouped_where_a_person_says_so(
    tmp_path: Path,
) -> None:
    site = {
        "https://oak.example/": 60, "https://oak-example.translate.goog/": 10, "http://localhost:3000/cart": 10,
        "file:///C:/Users/anna/offer.html": 15, "about:blank": 5,
    }  # fmt: skip
    with playing(tmp_path / "home", site, site=("oak.example",)) as played:
        played.load()
        assert len(pages(played)) == 5, "apart until somebody says otherwise"
        assert findings(played) == [("no_web_pages", "info", "url", 0.2), ("other_hosts", "info", "url", 0.2)]
        found = shown(played)
        assert (dict(found.other_hosts), found.share(20)) == ({"oak-example.translate.goog": 10, "localhost": 10}, 0.2)
        assert dict(found.no_web_pages) == {"file:": 15, "about:": 5}
        assert accepted(played, found.changes) == {"https://oak.example/": 60, "(other hosts)": 20, "(no web page)": 20}
        assert findings(played) == [], "what a person has decided is not told again"


def test_a_host_that_becomes_the_businesss_is_not_grouped_any_more(tmp_path: Path) -> None:
    site = {"https://oak.example/": 60, "https://elm.example/": 10}
    with playing(tmp_path / "home", site, site=("oak.example",)) as played:
        played.load()
        assert accepted(played, {"other_hosts": "grouped"}) == {"https://oak.example/": 60, "(other hosts)": 10}
        with played.home() as home:
            home.sites.say("acme", ("oak.example", "elm.example"), actor="cli:anna")
        assert accepted(played, {}) == site


def test_popular_pages_of_the_totals_are_pages_by_the_same_settings(tmp_path: Path) -> None:
    with playing(tmp_path / "home", HASHED) as played:
        played.popular = {"https://app.oak.example/#/price": 7, "https://app.oak.example/#top": 5, "http://localhost:1/": 3}
        with played.home() as home:
            home.page_settings.change("acme", {"hash_routes": True, "other_hosts": "grouped"}, actor="cli:anna")
        played.load(totals=True)
        with played.home() as home, home.warehouse.connect() as connection:
            query = "select entry, sessions from clarity_site_lists where list = 'popular_page' order by rank"
            assert connection.execute(query).fetchall() == [
                ("https://app.oak.example/#/price", 7),
                ("https://app.oak.example/", 5),
                ("(other hosts)", 3),
            ]


@needs_cases
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("p01-hash-routes", 1, 4), ("q01-query-routes", 3, 7), ("p10-proxied-hosts", 11, 3), ("p11-hosts-and-ports", 14, 9)],
)
def test_cases_that_were_met_in_public_come_to_as_many_pages_as_their_line_says(
    tmp_path: Path, name: str, before: int, after: int
) -> None:
    with playing(tmp_path / "home", case(name)) as played:
        played.load()
        assert len(pages(played)) == before
        found = shown(played)
        assert found.pages_after == after
        assert len(accepted(played, found.changes)) == after


@needs_cases
def test_the_case_of_query_routes_proposes_its_four_parameters_and_no_session_or_click_id(tmp_path: Path) -> None:
    with playing(tmp_path / "home", case("q01-query-routes")) as played:
        played.load()
        routes, others = shown(played).proposals
        assert settings_of(routes) == {"kept_query_parameters": ("p", "product_id", "route", "t")}
        assert (others.code, round(others.share, 3)) == ("other_hosts", 0.387)


@needs_cases
def test_the_case_of_non_web_addresses_keeps_them_apart_from_pages_and_tells_their_share(tmp_path: Path) -> None:
    with playing(tmp_path / "home", case("p09-non-web-urls")) as played:
        played.load()
        assert not [url for url in pages(played) if url.startswith("https://shop.example")]
        found = shown(played)
        assert round(sum(found.no_web_pages.values()) / found.visits, 3) == 0.987
        assert set(accepted(played, found.changes)) == {"(other hosts)", "(no web page)"}
