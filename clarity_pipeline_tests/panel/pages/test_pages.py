"""The pages over a real socket: what strangers wrote is text, what is another's is not there, and no DuckDB file is opened."""

import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.panel.views.navigation import OF_BUSINESS
from clarity_pipeline.panel.web.assets import assets
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import channel_health, outbox
from clarity_pipeline.state.schema.published import serving_breakdowns, serving_days, serving_urls
from clarity_pipeline.warehouse.published.breakdowns import DIMENSIONS
from clarity_pipeline.warehouse.published.breakdowns import packed as packed_breakdowns
from clarity_pipeline.warehouse.published.worst_urls import EVENTS, packed
from clarity_pipeline_tests.panel.conftest import NINE
from clarity_pipeline_tests.panel.running import RunningPanel
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

HOSTILE = "javascript:alert('x')//<script>alert(1)</script>" + "a" * 3_000
TODAY = NINE.date()
PLACES = tuple(f"/businesses/acme{each.path}" for each in OF_BUSINESS)


def connect(panel: RunningPanel, slug: str, name: str) -> None:
    token = Token.parse(f"a-token-that-nobody-has-seen-{slug}")
    panel.panel.home.connections.connect(slug, project_id="abc123def4", token=token, name=name)


def serve(panel: RunningPanel, slug: str, *, back: int = 1, sessions: int = 40, url: str = "https://a.example/") -> None:
    """One day of the panel's copy, with one bad page."""
    at = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
    day: dict[str, Any] = dict.fromkeys(column.name for column in serving_days.columns)
    given = {"business_id": slug, "date": TODAY - timedelta(days=back), "sessions": sessions, "bot_sessions": 2, "dead_clicks": 3}
    rest = {
        "devices": [["PC<b>", sessions]],
        "quality": "aligned",
        "coverage": 1.0,
        "truncated": False,
        "window_start": at,
        "window_end": at,
    }
    with panel.panel.home.state.write() as connection:
        connection.execute(sa.insert(serving_days).values(**day | given | rest | {"loaded_at": at}))
        urls = [[url, sessions, 3, 3, 0, 0, 0, 0, 0]]
        connection.execute(sa.insert(serving_urls).values(business_id=slug, date=given["date"], urls=urls))
        groups = breakdown(campaign=("Sale <b>now</b>", "paid", sessions), device=("PC<b>", None, sessions - 5))
        connection.execute(sa.insert(serving_breakdowns).values(business_id=slug, date=given["date"], breakdowns=groups))


def breakdown(**groups: tuple[str | None, str | None, int]) -> dict[str, Any]:
    """One value a dimension, of a lane with 40 visits."""
    zeros = dict.fromkeys(EVENTS, 0)
    rows = [
        {"dimension": name, "value": value, "channel": channel, "lane_sessions": 40, "sessions": sessions, "affected_sessions": 3}
        for name, (value, channel, sessions) in groups.items()
    ]
    return packed_breakdowns([row | zeros for row in rows])


def test_what_strangers_wrote_is_text_and_never_a_link(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "<script>alert(2)</script>")
    serve(any_panel, "acme", url=HOSTILE)
    ann = any_panel.visitor("ann@agency.example")
    for path in ("/businesses", "/businesses/acme/disconnect", *PLACES):
        answer = ann.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert 'href="javascript' not in answer.text.lower()
        assert " style=" not in answer.text
        assert " onclick=" not in answer.text
    assert HOSTILE in unescape(ann.get("/businesses/acme/pages").text)
    page = ann.get("/businesses/acme/breakdown").text
    for said in ("PC<b>", "Sale <b>now</b>"):
        assert (said in unescape(page), said in page) == (True, False)


def test_an_alert_names_the_page_it_is_about_as_text_and_a_pending_one_is_not_shown(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    alert: dict[str, Any] = {
        "rule_id": "dead", "business_id": "acme", "severity": "warning", "opened_on": TODAY, "last_fired_on": TODAY,
        "last_evaluated_on": TODAY, "summary": "It broke.", "scope": "url",
    }  # fmt: skip
    told = {**alert, "alert_id": "a" * 32, "state": "firing", "entity": "https://a.example/<b>checkout</b>"}
    waits = {**alert, "alert_id": "b" * 32, "state": "pending", "entity": "https://a.example/waits"}
    with any_panel.panel.home.state.write() as connection:
        connection.execute(sa.insert(alerts), [told, waits])
    ann = any_panel.visitor("ann@agency.example")
    for path in ("/businesses/acme", "/businesses/acme/alerts"):
        page = ann.get(path).text
        assert "<b>checkout" not in page
        assert "https://a.example/<b>checkout</b>" in unescape(page)
        assert "waits" not in page
        assert '<span class="count">1<span class="unseen"> open</span></span>' in page


def test_the_list_is_searched_sorted_and_paged_by_its_address(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    for number in range(53):
        connect(any_panel, f"shop-{number:02}", f"Shop {number:02}")
    serve(any_panel, "shop-07", sessions=900)
    serve(any_panel, "shop-09", sessions=1_000)
    ann = any_panel.visitor("ann@agency.example")

    def names(query: str) -> list[str]:
        return [part.partition("<")[0] for part in ann.get(f"/businesses{query}").text.split('<a href="/businesses/shop-')[1:]]

    assert len(names("")) == 50
    assert [name.partition(">")[2] for name in names("?page=2")] == ["Shop 50", "Shop 51", "Shop 52"]
    assert [name.partition(">")[2] for name in names("?sort=-sessions")][:3] == ["Shop 09", "Shop 07", "Shop 00"]
    assert next(iter(names("?q=SHOP+4&sort=-name"))).endswith("Shop 49")
    for odd in (
        "?page=0",
        "?page=-1",
        "?page=999999",
        "?page=x",
        "?sort=token",
        "?q=" + "%00" * 9,
        "?sort=state",
        "?sort=-synced",
        "?sort=left",
    ):
        assert ann.get(f"/businesses{odd}").status_code == 200, odd


def test_a_client_sees_neither_another_business_nor_who_at_the_agency_did_what(panel: RunningPanel, world: World) -> None:
    world.connect("rival")  # on acme's project
    panel.visitor("ann@agency.example").post("/businesses/rival/test")
    panel.visitor("max@agency.example").post("/businesses/acme/sync", enabled="false")
    cleo = panel.visitor("cleo@acme.example")
    page = "".join(cleo.get(path).text for path in PLACES)
    assert "rival" not in page + cleo.get("/businesses").text
    assert "max@agency.example" not in page
    assert "Your agency</strong> paused the daily sync" in page
    assert "Test by the agency of another business" in page
    assert "of rival" in panel.visitor("ann@agency.example").get("/businesses/acme/connection").text
    for path in (*(each.replace("acme", "rival") for each in PLACES), "/businesses/rival/disconnect", "/businesses/nobody"):
        assert cleo.get(path).status_code == 404
    for path in ("update", "test", "sync", "disconnect"):
        assert cleo.post(f"/businesses/rival/{path}").status_code == 404


def test_a_client_is_not_told_whose_project_a_token_is_of(panel: RunningPanel, world: World) -> None:
    world.connect("rival", project_id=OTHER_PROJECT)
    answer = panel.visitor("cleo@acme.example").post(
        "/businesses/acme/update", project_id=PROJECT, token=world.fake.token(OTHER_PROJECT), allow_shared="yes"
    )
    assert answer.status_code == 409
    assert "ask your agency" in answer.text
    assert "rival" not in answer.text
    ann = panel.visitor("ann@agency.example")
    refused = ann.post("/businesses/acme/update", project_id=PROJECT, token=world.fake.token(OTHER_PROJECT))
    assert (refused.status_code, "rival" in refused.text, 'name="allow_shared"' in refused.text) == (409, True, True)
    assert (
        ann.post(
            "/businesses/acme/update", project_id=PROJECT, token=world.fake.token(OTHER_PROJECT), allow_shared="yes"
        ).status_code
        == 303
    )


def test_what_is_refused_comes_back_without_the_token(panel: RunningPanel) -> None:
    ann, secret = panel.visitor("ann@agency.example"), "eyJ.this-is-a-secret.but$malformed"
    for path in ("/connect", "/businesses/acme/update"):
        answer = ann.post(path, name="Acme Two", project_id="abc123def4", token=secret)
        assert answer.status_code == 422
        assert "secret" not in answer.text
        assert 'value="abc123def4"' in answer.text


def test_a_name_that_is_taken_is_not_reconnected_by_accident(panel: RunningPanel, world: World) -> None:
    answer = panel.visitor("ann@agency.example").post(
        "/connect", name="Acme", project_id=PROJECT, token=world.fake.token(OTHER_PROJECT)
    )
    assert (answer.status_code, "acme is taken" in answer.text) == (409, True)


def test_silence_is_said_where_the_tracking_code_is_gone(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    serve(any_panel, "acme", back=4)
    ann = any_panel.visitor("ann@agency.example")
    assert "tracking code" not in ann.get("/businesses/acme").text
    for back in (3, 2, 1):
        serve(any_panel, "acme", back=back, sessions=0)
    page = ann.get("/businesses/acme").text
    assert "has no session of a person since 1 May 2026" in page
    assert "Add the tracking code to the site again" in page


@pytest.mark.parametrize(
    "query", ["?span=28", "?span=90&urls=-dead_clicks&days=sessions", "?span=1e9", "?urls=%3Cb%3E&days=__class__"]
)
def test_a_business_without_a_day_has_every_place(any_panel: RunningPanel, query: str) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    ann = any_panel.visitor("ann@agency.example")
    for path, said in zip(
        PLACES,
        (
            *("No data in these", "No data in these", "No data in these", "Nothing waits for anybody", "No rule is in use"),
            *("No change is marked", "ad platforms", "0 of 10 used", "connected with a token"),
        ),
        strict=True,
    ):
        answer = ann.get(path + query)
        assert (answer.status_code, said in answer.text, "Not verified" in answer.text) == (200, True, True), path


def test_htmx_is_the_vendored_one_with_its_licence_and_needs_no_eval() -> None:
    script = assets()["htmx.min.js"].content
    assert hashlib.sha256(script).hexdigest() == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
    assert b"eval(" not in script
    assert b"Zero-Clause BSD" in assets()["htmx.LICENSE.txt"].content


def test_the_panel_answers_without_duckdb(world: World) -> None:
    code = (
        "import sys; from clarity_pipeline.settings.settings import Settings\n"
        "from clarity_pipeline_tests.panel.running import running\n"
        "with running(Settings.from_env()) as panel:\n"
        "    panel.user('ann@agency.example'); ann = panel.visitor('ann@agency.example')\n"
        "    assert [ann.get(p).status_code for p in ('/businesses', '/businesses/acme')] == [200, 200]\n"
        "sys.exit('duckdb' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**world.environment, "PATH": ""}, check=False)
    assert done.returncode == 0
    assert DAY  # nothing was synced: the pages are there before the first day


def test_a_channel_that_cannot_deliver_is_told_to_the_agency_and_to_no_client(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    any_panel.user("cleo@acme.example", role="client", businesses=("acme",))
    with any_panel.panel.home.state.write() as connection:
        refused = {"failing_since": NINE, "refused_at": NINE, "last_error": "smtp_basic_auth_off"}
        connection.execute(sa.insert(channel_health).values(channel="webhook", **refused))
        connection.execute(sa.insert(outbox).values(**waiting(channel="webhook")))
    ann, cleo = any_panel.visitor("ann@agency.example"), any_panel.visitor("cleo@acme.example")
    for path in ("/businesses", "/businesses/acme"):
        said = unescape(ann.get(path).text)
        assert "The channel webhook cannot deliver since 4 May 2026 09:00 UTC (smtp_basic_auth_off)" in said
        assert "Microsoft 365 has switched passwords for SMTP off" in said
        assert "1 message waits for it" in said
        assert "smtp_basic_auth_off" not in cleo.get(path).text


def waiting(**fields: Any) -> dict[str, Any]:
    return {
        "message_id": "m", "alert_id": "", "transition": "digest", "payload": {"data": {}}, "state": "pending", "attempts": 1,
        "due_at": NINE, "created_at": NINE, **fields,
    }  # fmt: skip


def test_sessions_of_a_page_that_stands_for_several_addresses_are_at_most_so_many(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    serve(any_panel, "acme")
    ann = any_panel.visitor("ann@agency.example")
    assert "at most</span>" not in ann.get("/businesses/acme/pages").text, "what was stored before nobody knows"
    page = {"url": "https://a.example/guide", "sessions": 77, "affected_sessions": 3, **dict.fromkeys(EVENTS, 1)}
    with any_panel.panel.home.state.write() as connection:
        urls = packed([page | {"folded": 1}, page | {"url": "https://a.example/", "sessions": 55, "folded": 0}])
        connection.execute(sa.update(serving_urls).values(urls=urls))
    text = ann.get("/businesses/acme/pages").text
    assert "at most</span> 77" in text
    assert ">55<" in text
    assert "a session that saw two of them is counted twice" in text


def test_the_breakdown_shows_all_four_lanes_and_what_has_no_name_is_everything_else(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    connect(any_panel, "acme", "Acme")
    serve(any_panel, "acme")
    page = any_panel.visitor("ann@agency.example").get("/businesses/acme/breakdown").text
    tables = {name: page.partition(f'id="{name}"')[2].partition("</section>")[0] for name in DIMENSIONS}
    assert [name for name, table in tables.items() if "<table" in table] == ["device", "campaign"]
    assert '<td class="n">35</td><td class="n">87.5</td>' in tables["device"]
    assert 'Everything else</th><td class="n">5</td><td class="n">12.5</td>' in tables["device"]
    assert "Everything else" not in tables["campaign"]
    assert "<td>paid</td>" in tables["campaign"]
    assert all("Comes with the next daily sync" in tables[name] for name in ("source", "country"))
