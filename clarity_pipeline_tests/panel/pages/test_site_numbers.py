"""Which numbers lead on a page, the site's or visits of its pages, and the offer of the totals."""

from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.schema.published import serving_site_days
from clarity_pipeline_tests.panel.pages.test_pages import TODAY, connect, serve
from clarity_pipeline_tests.panel.running import RunningPanel


def serve_site(panel: RunningPanel, slug: str, *, back: int, sessions: int) -> None:
    at = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
    day: dict[str, Any] = {"business_id": slug, "date": TODAY - timedelta(days=back), "sessions": sessions, "bot_sessions": 1}
    measures = {"distinct_users": sessions - 1, "pages_per_session": 2.77, "engagement_time_ms": 97_000.0}
    rest = {"quality": "aligned", "coverage": 1.0, "truncated": False, "window_start": at, "window_end": at, "loaded_at": at}
    with panel.panel.home.state.write() as connection:
        connection.execute(sa.insert(serving_site_days).values(**day | rest, measures=measures))


def test_the_numbers_of_the_site_lead_where_every_date_shown_has_them_else_visits_and_it_says_which(
    any_panel: RunningPanel,
) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    ann = any_panel.visitor("ann@agency.example")

    def shown() -> tuple[str, str]:
        return unescape(ann.get("/businesses/acme?span=7").text), unescape(ann.get("/businesses").text)

    serve(any_panel, "acme", back=1, sessions=40)
    serve(any_panel, "acme", back=2, sessions=40)
    page, listed = shown()
    assert "<h3>Visits of pages</h3>" in page
    assert "Pages per session" not in page
    assert 'href="/businesses/acme/connection#totals">Show the site\'s own numbers</a>' in page
    assert '80 <span class="small soft nowrap">visits of pages</span>' in listed
    serve_site(any_panel, "acme", back=1, sessions=15)
    page, listed = shown()
    assert "The site's own numbers lead where every date has them; here 1 of 2 do." in page
    assert '<p class="value">80</p>' in page
    assert '80 <span class="small soft nowrap">visits of pages</span>' in listed
    serve_site(any_panel, "acme", back=2, sessions=16)
    page, listed = shown()
    assert "<h3>Sessions</h3>" in page
    assert '<p class="value">31</p>' in page
    assert '<th scope="row">Pages per session</th><td class="n">2.77</td>' in page
    assert '<td class="n">97.0 s</td>' in page
    assert "Sessions of the whole site, each counted once." in page
    assert '31 <span class="small soft nowrap">sessions</span>' in listed
    assert "Visits of pages" in ann.get("/businesses/acme/breakdown").text  # devices and pages are told by them
    api = ann.get("/api/v1/businesses/acme/dashboard?days=7").json()
    assert (api["leads"], api["totals"]["sessions"], api["site"]["totals"]["sessions"]) == ("site", 80, 31)


def test_totals_are_offered_with_one_click_that_says_what_they_cost_and_buy(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    any_panel.user("cleo@client.example", role="client", businesses=("acme",))
    for visitor in (any_panel.visitor("ann@agency.example"), any_panel.visitor("cleo@client.example")):
        page = unescape(visitor.get("/businesses/acme/connection").text)
        assert "Costs 1 of the 10 calls a day. Buys the site's own sessions, users, pages per session and times" in page
        assert visitor.post("/businesses/acme/totals", enabled="true").status_code == 303
        assert any_panel.panel.home.connections.get("acme").totals
        page = unescape(visitor.get("/businesses/acme/connection").text)
        assert "the next daily sync makes one call more" in page
        assert visitor.post("/businesses/acme/totals", enabled="false").status_code == 303
        assert not any_panel.panel.home.connections.get("acme").totals
    ann = any_panel.visitor("ann@agency.example")
    changed = ann.send("PATCH", "/api/v1/businesses/acme", json={"totals": True})
    assert (changed.status_code, changed.json()["totals"]) == (200, True)
