"""What the audit log has of people: who came in, from where and how, and which sign-ins they ended."""

from datetime import timedelta

from clarity_pipeline.connections.audit import OF_SIGN_INS, SIGN_INS_KEPT, AuditLog
from clarity_pipeline.panel.access.callers import Caller
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

NEW = "nine loud geese at dawn"


def _told(panel: RunningPanel) -> list[tuple[str, str]]:
    entries = reversed(AuditLog(panel.panel.home.state).found(is_of_installation=True))
    return [(each.actor, each.sentence) for each in entries if each.action in OF_SIGN_INS]


def test_every_sign_in_and_every_end_of_one_is_told(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    any_panel.user("cleo@acme.example", role="client")
    ann, phone, tablet = (any_panel.visitor("ann@agency.example") for _ in range(3))
    ann.post("/account/sign-ins/2/end")
    ann.post("/account/sign-ins/2/end")  # is over already
    ann.post("/account/sign-ins/end-others")
    ann.post("/account/password", present=PASSWORD, new=NEW)
    ann.post("/sign-out")
    ann.post("/sign-out")  # nobody is signed in
    cleo = any_panel.visitor("cleo@acme.example")
    cleo.post("/account/sign-ins/end-all")
    who, client = "panel:ann@agency.example", "portal:cleo@acme.example"
    came = "signed in from 127.0.0.0/24 with Firefox on Linux, by"
    assert _told(any_panel) == [
        *[(who, f"{came} password")] * 3,
        (who, "ended 1 sign-in(s): from the list of their browsers"),
        (who, "ended 1 sign-in(s): everywhere else"),
        (who, f"{came} new password"),
        (who, "ended 1 sign-in(s): signed out"),
        (client, f"{came} password"),
        (client, "ended 1 sign-in(s): everywhere"),
    ]
    assert phone.get("/account").status_code == tablet.get("/account").status_code == 303


def test_an_address_is_kept_as_its_network_alone() -> None:
    shown = {
        address: Caller(address, "", None).shown_network
        for address in ("203.0.113.7", "2001:db8:1:2:3:4:5:6", "::ffff:203.0.113.7", "fe80::1%eth0", "a socket")
    }
    assert list(shown.values()) == ["203.0.113.0/24", "2001:db8:1::/48", "203.0.113.0/24", "fe80::/48", "unknown"]


def test_sign_ins_are_forgotten_after_four_hundred_days_and_nothing_else_is(
    any_panel: RunningPanel, hand_clock: HandClock
) -> None:
    any_panel.user("ann@agency.example")
    any_panel.panel.accounts.set_role(1, "agency_admin")
    any_panel.visitor("ann@agency.example").post("/sign-out")
    hand_clock.now += SIGN_INS_KEPT + timedelta(seconds=1)
    any_panel.visitor("ann@agency.example")
    actions = [each.action for each in AuditLog(any_panel.panel.home.state).entries()]
    assert actions == ["signed_in", "role_changed", "account_made"]


def test_admins_read_who_did_what_a_page_at_a_time_and_nobody_else_does(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example", role="agency_admin")
    any_panel.user("max@agency.example")
    ann, max_ = any_panel.visitor("ann@agency.example"), any_panel.visitor("max@agency.example")
    for number in range(60):
        any_panel.panel.invites.make(f"tom{number}@agency.example", role="agency_member", actor="cli:ann")
    newest = ann.get("/people/log").text
    assert "invited tom59@agency.example" in newest
    assert "invited tom9@agency.example" not in newest
    before = newest.partition("/people/log?before=")[2].partition('"')[0]
    older = ann.get(f"/people/log?before={before}").text
    assert "invited tom9@agency.example" in older
    assert "made the account ann@agency.example" in older
    assert "Older" not in older
    assert max_.get("/people/log").status_code == 403
    assert ann.get("/people/log?before=x").status_code == 422
