"""The home of the agency: what is wrong over all businesses, each filter with an address, the worst first."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.published import serving_dates, serving_findings
from clarity_pipeline.trust.codes import CODE
from clarity_pipeline_tests.panel.conftest import NINE
from clarity_pipeline_tests.panel.pages.test_pages import TODAY, connect, serve
from clarity_pipeline_tests.panel.running import RunningPanel

YESTERDAY = TODAY - timedelta(days=1)
LANES = ("url_device", "url_source", "url_country", "url_campaign_channel")


def fire(panel: RunningPanel, slug: str, *, severity: str = "warning", number: int = 1, **other: Any) -> None:
    known: dict[str, Any] = {
        "rule_id": f"rule-{severity}", "business_id": slug, "severity": severity, "state": "firing", "opened_on": YESTERDAY,
        "last_fired_on": YESTERDAY, "last_evaluated_on": YESTERDAY, "summary": "It broke.", "scope": "url",
    }  # fmt: skip
    with panel.panel.home.state.write() as connection:
        for each in range(number):
            row = known | {"alert_id": f"{slug}-{severity}-{each}", "entity": f"https://{slug}.example/{each}"} | other
            connection.execute(sa.insert(alerts).values(**row))


def find(panel: RunningPanel, slug: str, *codes: str) -> None:
    """What is found of yesterday; a code that is not known here is a warning of a newer release."""
    row = {"slice": "url_device", "metric": "scroll_depth", "figure": 6, "since": "2026-04-20", "times": 13}
    found = [row | {"code": each, "severity": CODE[each].severity if each in CODE else "warning"} for each in codes or ("cut",)]
    with panel.panel.home.state.write() as connection:
        if not connection.scalar(sa.select(sa.func.count()).select_from(serving_dates)):
            connection.execute(sa.insert(serving_dates).values(date=YESTERDAY, digest="d", served_at=NINE))
        connection.execute(sa.insert(serving_findings).values(business_id=slug, date=YESTERDAY, findings=found))


def came_through(panel: RunningPanel, slug: str, *, lanes: int, reason: str | None = None) -> None:
    with panel.panel.home.state.write() as connection:
        for number, lane in enumerate(LANES):
            ok = number < lanes
            values = {
                "state": "ok" if ok else "failed",
                "reason": reason if ok else "unavailable",
                "loaded_at": NINE if ok else None,
            }
            job = {"business_id": slug, "date": YESTERDAY, "slice": lane, "attempt": 1, "calls": 1, "started_at": NINE}
            connection.execute(sa.insert(sync_jobs).values(**job, **values, finished_at=NINE))


def state_of(panel: RunningPanel, slug: str, **values: Any) -> None:
    with panel.panel.home.state.write() as connection:
        connection.execute(sa.update(business_config).where(business_config.c.business_id == slug).values(**values))


def in_trouble(panel: RunningPanel) -> None:
    """One business for each filter, and one that is well."""
    panel.user("ann@agency.example")
    for slug in ("alerted", "found", "lonely", "rejected", "stale", "well"):
        connect(panel, slug, slug.title())
    came_through(panel, "lonely", lanes=3)
    for slug in ("alerted", "found", "well"):
        came_through(panel, slug, lanes=4)
    fire(panel, "alerted", number=3)
    find(panel, "found")
    state_of(panel, "rejected", enabled=False, disabled_reason="token_rejected")
    state_of(panel, "stale", **dict.fromkeys(("enabled_at", "token_stored_at", "created_at"), NINE - timedelta(days=9)))


def names(page: str) -> list[str]:
    return re.findall(r'rowheader"><a href="/businesses/([^"]*)"', page)


def counts(page: str) -> dict[str, int]:
    return {name: int(many) for name, many in re.findall(r'id="show-(\w+)".*?<b>(\d+)</b>', page)}


def test_each_filter_has_an_address_and_counts_what_it_shows(any_panel: RunningPanel) -> None:
    in_trouble(any_panel)
    ann = any_panel.visitor("ann@agency.example")
    page = ann.get("/businesses").text
    told = counts(page)
    assert told == {"rejected": 1, "stale": 1, "alerts": 1, "findings": 1, "partial": 1, "all": 6}
    shown = {name: names(ann.get(f"/businesses?show={name}").text) for name in told}
    assert {name: len(each) for name, each in shown.items()} == told
    assert [shown[name] for name in ("rejected", "stale", "alerts", "findings", "partial")] == [
        ["rejected"], ["stale"], ["alerted"], ["found"], ["lonely"],
    ]  # fmt: skip
    assert len(names(ann.get("/businesses?show=__class__").text)) == 6


def test_the_worst_come_first_and_the_open_alert_is_named_and_linked_in_its_row(any_panel: RunningPanel) -> None:
    in_trouble(any_panel)
    fire(any_panel, "well", severity="critical", entity_name="Spring <b>sale</b>")
    page = any_panel.visitor("ann@agency.example").get("/businesses").text
    assert names(page)[:4] == ["rejected", "stale", "well", "alerted"]
    assert names(page)[4:] == ["lonely", "found"]
    row = page.partition('href="/businesses/alerted"')[2].partition("</tr>")[0]
    assert re.search(r'<a class="warn" href="[^"]+">rule-warning</a>', row)
    assert "and 2 more" in row
    assert "https://alerted.example/0" in unescape(row)
    assert "Spring <b>sale" not in page
    said = re.findall(r'<span class="one"><a class="(\w+)" href="([^"]*)">([^<]*)</a>', page)
    assert said[0] == ("bad", "/businesses/rejected/connection", "Clarity rejects its token")
    stale = "Nothing new comes through; nobody has tried since: is the daily run on?"
    assert said[1] == ("bad", "/businesses/stale/connection#sync", stale)
    assert ("warn", "/businesses/lonely/connection#sync", "Partly loaded, 1 lane missing") in said
    assert ("warn", "/businesses/found", "By device: cut") in said


def test_an_error_is_named_before_a_warning_and_an_info_is_nothing_that_is_wrong(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    for slug, codes in (("both", ("visits_differ", "impossible_number")), ("known", ("users_above_sessions",))):
        connect(any_panel, slug, slug.title())
        serve(any_panel, slug)
        find(any_panel, slug, *codes)
    ann = any_panel.visitor("ann@agency.example")
    page = unescape(ann.get("/businesses").text)
    row = page.partition('href="/businesses/both"')[2].partition("</tr>")[0]
    assert "By device: scroll depth is a number that cannot be" in row
    assert "and 1 more" in row
    assert "users" not in page.partition('href="/businesses/known"')[2].partition("</tr>")[0]
    calm = unescape(ann.get("/businesses/known").text)
    assert "What needs attention" not in calm
    told = "By device: rows of few sessions have 6 more users than sessions of people and bots, which Clarity often sends"
    assert f"{told}, on 13 dates from 20 April 2026 to 3 May 2026." in calm
    loud = unescape(ann.get("/businesses/both").text)
    assert "By device: scroll depth is a number that cannot be" in loud.partition("What needs attention")[2].partition("</ul>")[0]
    assert "url_device" not in loud + calm


def test_filter_search_and_sort_are_kept_together_on_every_way_on(any_panel: RunningPanel) -> None:
    in_trouble(any_panel)
    for number in range(60):
        connect(any_panel, f"shop-{number:02}", f"Shop {number:02}")
        fire(any_panel, f"shop-{number:02}")
    ann = any_panel.visitor("ann@agency.example")
    page = ann.get("/businesses?q=shop&show=alerts&sort=-name").text
    assert len(names(page)) == 50
    assert names(page)[0] == "shop-59"
    assert counts(page) == {"rejected": 0, "stale": 0, "alerts": 60, "findings": 0, "partial": 0, "all": 60}
    kept = {"q": ["shop"], "show": ["alerts"], "sort": ["-name"]}
    after = re.search(r'<a href="([^"]*)" rel="next"', page)
    assert after
    assert parse_qs(urlsplit(unescape(after[1])).query) == kept | {"page": ["2"]}
    assert names(ann.get(unescape(after[1])).text)[-1] == "shop-00"
    head = re.search(r'<a href="([^"]*)"[^>]*>State</a>', page)
    assert head
    assert parse_qs(urlsplit(unescape(head[1])).query) == kept | {"sort": ["state"]}
    stale = re.search(r'id="show-stale" href="([^"]*)"', page)
    assert stale
    assert parse_qs(urlsplit(unescape(stale[1])).query) == kept | {"show": ["stale"]}
    assert 'name="show" value="alerts" form="search"' in page
    assert 'name="sort" value="-name" form="search"' in page


def test_a_client_counts_no_business_and_no_finding_that_is_not_theirs_to_see(any_panel: RunningPanel) -> None:
    in_trouble(any_panel)
    find(any_panel, "stale", "other_hosts_of_the_agency")
    any_panel.user("cleo@client.example", role="client", businesses=("stale", "alerted"))
    told = counts(any_panel.visitor("cleo@client.example").get("/businesses").text)
    assert told == {"rejected": 0, "stale": 1, "alerts": 1, "findings": 0, "partial": 0, "all": 2}
    assert counts(any_panel.visitor("ann@agency.example").get("/businesses").text)["findings"] == 2
