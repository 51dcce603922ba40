"""The inbox and an alert's own page, as the agency and a client go through them; without a script."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from clarity_pipeline.alerts.answers import Answers
from clarity_pipeline.alerts.inbox import Wanted, inbox
from clarity_pipeline.rules.markers.markers import Markers
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.alerts.made_up import rows, run, stored
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.world import World


@pytest.fixture
def max_(panel: RunningPanel) -> Visitor:
    return panel.visitor("max@agency.example")


@pytest.fixture
def cleo(panel: RunningPanel) -> Visitor:
    return panel.visitor("cleo@acme.example")


def opened(panel: RunningPanel, *, business: str = "acme", rule: str = "made-up") -> str:
    """A new alert, and its id."""
    state = panel.panel.home.state
    before = set(rows(state, alerts, "alert_id"))
    run(state, dict.fromkeys(range(1, 10), "not") | {10: "fired", 11: "fired"}, business=business, by=stored(id=rule))
    (new,) = set(rows(state, alerts, "alert_id")) - before
    return str(new)


def place(panel: RunningPanel, alert_id: str) -> str:
    found = inbox(panel.panel.home.state, Wanted(place=None), now=panel.panel.clock()).alerts
    return next(each.place for each in found if each.alert_id == alert_id)


def test_an_alert_is_acknowledged_given_snoozed_closed_and_opened_again_on_its_page(panel: RunningPanel, max_: Visitor) -> None:
    alert_id = opened(panel)
    path = f"/alerts/{alert_id}"
    for fields, now_at, said in (
        ({"do": "acknowledge"}, "acknowledged", "1 alert acknowledged."),
        ({"do": "assign", "to": "max@agency.example"}, "acknowledged", "1 alert given to max@agency.example."),
        ({"do": "snooze", "days": "3"}, "silenced", "1 alert snoozed until"),
        ({"do": "close", "outcome": "intended", "note": "a sale"}, "resolved", "1 alert closed: intended."),
        ({"do": "reopen"}, "open", "1 alert back among the open ones"),
    ):
        assert max_.post(path, **fields).headers["Location"] == path
        assert place(panel, alert_id) == now_at
        assert f'<p class="notice" role="status" tabindex="-1" autofocus>{said}' in max_.get(path).text
    page = max_.get(path).text
    for words in ("gave it to Max", "closed it: intended", "a sale", "Max's", "<strong>max@agency.example</strong>"):
        assert words in page
    assert "autofocus>" not in page, "what was said is said once"


def test_a_silence_is_made_with_its_end_and_reason_and_ended(panel: RunningPanel, max_: Visitor) -> None:
    alert_id = opened(panel)
    path, day = f"/alerts/{alert_id}", (panel.panel.clock() + timedelta(days=4)).date().isoformat()
    refused = max_.post(path, do="silence", until="", reason="the relaunch")
    assert (refused.status_code, 'value="the relaunch" aria-invalid="true"' in refused.text) == (422, True)
    assert 'role="alert" tabindex="-1" autofocus>Say until which day it is to be silent.' in refused.text
    assert max_.post(path, do="silence", until=day, reason="the relaunch").status_code == 303
    page = max_.get(path).text
    assert (place(panel, alert_id), "the relaunch" in page) == ("silenced", True)
    (number,) = set(re.findall(r'name="number" value="(\d+)"', page))
    max_.post(path, do="unsilence", number=number)
    assert place(panel, alert_id) == "open"
    assert max_.post(path, do="unsilence", number=number).status_code == 422


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"do": "close", "outcome": "whatever"}, "An alert is closed as one of"),
        ({"do": "snooze", "days": "999"}, "Choose for how long"),
        ({"do": "assign", "to": "cleo@acme.example"}, "somebody of the agency"),
        ({"do": "silence", "until": "2020-01-01", "reason": "x"}, "A silence ends after now and within a year"),
        ({"do": "delete"}, ""),
    ],
)
def test_an_answer_that_cannot_be_is_refused_where_it_was_given(
    panel: RunningPanel, max_: Visitor, fields: dict[str, str], says: str
) -> None:
    alert_id = opened(panel)
    answer = max_.post(f"/alerts/{alert_id}", **fields)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert place(panel, alert_id) == "open"


def test_several_are_answered_at_once_and_the_filters_stay(panel: RunningPanel, world: World, max_: Visitor) -> None:
    world.connect("globex")
    one, other, third = opened(panel), opened(panel, business="globex"), opened(panel, rule="second")
    done = max_.post("/alerts?severity=warning", do="close", outcome="fixed", alerts=[one, other])
    assert (done.status_code, done.headers["Location"]) == (303, "/alerts?severity=warning")
    assert [place(panel, each) for each in (one, other, third)] == ["resolved", "resolved", "open"]
    refused = max_.post("/alerts", do="close", outcome="fixed", alerts=[third, "0" * 32])
    assert (refused.status_code, f'value="{third}"' in refused.text, " checked" in refused.text) == (404, True, True)
    assert place(panel, third) == "open"
    assert "No alert is chosen" in max_.post("/alerts", do="acknowledge").text
    assert max_.post("/businesses/acme/alerts", do="acknowledge", alerts=[third]).headers["Location"] == "/businesses/acme/alerts"
    assert place(panel, third) == "acknowledged"
    assert "1 of 1, 100 %" not in max_.get("/alerts/precision").text
    assert "2 of 2, 100 %" in max_.get("/alerts/precision").text


def test_the_inbox_shows_what_its_address_asks_for(panel: RunningPanel, world: World, max_: Visitor) -> None:
    world.connect("globex")
    acmes, globexs = opened(panel), opened(panel, business="globex", rule="second")
    Answers(panel.panel.home.state, clock=panel.panel.clock).assign([acmes], to="max@agency.example", author="cli:anna")

    def shown(query: str) -> list[bool]:
        page = max_.get(f"/alerts{query}")
        assert page.status_code == 200
        return [f'href="/alerts/{each}"' in page.text for each in (acmes, globexs)]

    assert shown("") == [True, True]
    assert shown("?business=globex") == [False, True]
    assert shown("?rule=made-up") == [True, False]
    assert shown("?severity=critical") == [False, False]
    assert shown("?mine=yes") == [True, False]
    assert shown("?place=resolved&outcome=none") == [False, False]
    assert shown("?place=%00&business=%00&rule=%00&page=-1&severity=x&outcome=y&page=99999999999") == [True, True]
    assert shown("?page=2") == [False, False]


def test_a_client_reads_and_comments_and_is_not_told_who_at_the_agency_did_what(
    panel: RunningPanel, max_: Visitor, cleo: Visitor
) -> None:
    alert_id = opened(panel)
    path = f"/alerts/{alert_id}"
    max_.post(path, do="acknowledge", note="their developer again")
    max_.post(path, do="assign", to="max@agency.example")
    max_.post(path, do="close", outcome="fixed", note="their developer again")
    max_.post(f"{path}/comments", text="We are on it.")
    assert cleo.post(f"{path}/comments", text="Thank you <b>all</b>").headers["Location"] == f"{path}?at=comments"
    page = cleo.get(path).text
    for words in (
        "your agency</strong> closed it: fixed",
        "We are on it.",
        "Thank you &lt;b&gt;all&lt;/b&gt;",
        "cleo@acme.example",
    ):
        assert words in page
    for hidden in ("max@", "Max", "developer", "gave it to", "Who was told", 'value="close"', "log"):
        assert hidden not in page.replace("Comments log", "").replace('class="log"', ""), hidden
    listed = cleo.get("/alerts?place=resolved").text
    assert (f'href="{path}"' in listed, "max@" in listed, 'name="alerts"' in listed) == (True, False, False)
    for forbidden in (path, f"{path}/messages", "/alerts", "/businesses/acme/alerts"):
        assert cleo.post(forbidden, do="reopen").status_code == 403
    refused = cleo.post(f"{path}/comments", text=" ")
    assert (refused.status_code, "A comment has 1 to" in refused.text) == (422, True)
    assert cleo.get(f"{path}/comments").headers["Location"] == path, "a reload leads back to the alert"


def test_another_clients_alert_looks_like_none(panel: RunningPanel, world: World, cleo: Visitor) -> None:
    world.connect("globex")
    theirs = opened(panel, business="globex")
    other, nothing = cleo.get(f"/alerts/{theirs}"), cleo.get(f"/alerts/{'0' * 32}")
    assert (other.status_code, other.text) == (404, nothing.text)
    assert cleo.post(f"/alerts/{theirs}/comments", text="hello").status_code == 404
    assert theirs not in cleo.get("/alerts?business=globex").text
    assert "globex" not in cleo.get("/alerts").text.casefold()


def test_the_page_names_the_change_and_draws_every_look(panel: RunningPanel, max_: Visitor) -> None:
    alert_id = opened(panel)
    home = panel.panel.home
    markers = Markers(home.state, clock=lambda: datetime(2026, 11, 20, tzinfo=UTC))
    markers.add(
        home.connections.get("acme"),
        url=None,
        at=datetime(2026, 11, 9, 8, tzinfo=UTC),
        note="new <form>",
        author="panel:ann@a.example",
    )
    page = max_.get(f"/alerts/{alert_id}").text
    assert "Changed on 9 November 2026: <strong>new &lt;form&gt;</strong>" in page
    svg = page[page.index("<svg") : page.index("</svg>")]
    assert (svg.count('class="look fired"'), svg.count('class="look"'), svg.count('class="mark"')) == (2, 9, 1)
    assert "2026-11-10: 500, limit 100; it fired" in svg
    assert "2026-11-09: 5, limit 100. Changed: new &lt;form&gt;" in svg
    assert svg.count('class="band"') == 11
    project = home.connections.get("acme").project_id
    assert f'href="https://clarity.microsoft.com/projects/view/{project}/dashboard"' in page


def test_a_message_that_was_given_up_is_sent_again_from_the_page(panel: RunningPanel, max_: Visitor) -> None:
    alert_id = opened(panel)
    state, path = panel.panel.home.state, f"/alerts/{alert_id}"
    (message_id,) = rows(state, outbox, "message_id")
    assert max_.post(f"{path}/messages", message=message_id).status_code == 409
    with state.write() as connection:
        connection.execute(outbox.update().values(state="dead", last_error="http_410", attempts=4))
    assert "given up after 4 tries" in max_.get(path).text
    assert max_.post(f"{path}/messages", message=message_id).headers["Location"] == f"{path}?at=messages"
    assert rows(state, outbox, "state") == ["pending"]
    assert "had a message sent again" in max_.get(path).text
    other = opened(panel, rule="second")
    assert max_.post(f"/alerts/{other}/messages", message=message_id).status_code == 409, "a message of another alert"
