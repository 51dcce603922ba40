"""Who makes an admin gives their password once more: a browser that was left open is not enough."""

import pytest

from clarity_pipeline.panel.access.own_account import FRESH
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor

ADMIN = {"email": "eve@agency.example", "role": "agency_admin"}
ASKED = "Give your password once more"


@pytest.fixture
def ann(any_panel: RunningPanel, hand_clock: HandClock) -> Visitor:
    """An admin whose browser was left open for ten minutes, beside another admin (2) and a member (3)."""
    any_panel.user("ann@agency.example", role="agency_admin")
    any_panel.user("bea@agency.example", role="agency_admin")
    any_panel.user("max@agency.example")
    visitor = any_panel.visitor("ann@agency.example")
    hand_clock.now += FRESH
    return visitor


def test_an_admin_is_invited_with_a_fresh_password_alone(ann: Visitor, hand_clock: HandClock) -> None:
    asked = ann.post("/people/invites", **ADMIN)
    assert (asked.status_code, ASKED in asked.text) == (422, True)
    assert 'id="present-problem"' in asked.text
    assert 'value="eve@agency.example"' in asked.text, "what was typed is not lost"
    assert ann.post("/people/invites", **ADMIN, present="not it").status_code == 422
    given = ann.post("/people/invites", **ADMIN, present=PASSWORD)
    assert "/invite?code=" in given.text
    assert PASSWORD not in given.text
    hand_clock.now += FRESH - (FRESH / 10)
    assert "/invite?code=" in ann.post("/people/invites", **ADMIN).text, "and then for ten minutes"
    hand_clock.now += FRESH / 10
    assert ann.post("/people/invites", **ADMIN).status_code == 422


@pytest.mark.parametrize(
    ("path", "form"), [("3/role", {"role": "agency_admin"}), ("2/password-link", {}), ("3/second-factor/off", {})]
)
def test_so_are_making_an_admin_a_link_for_an_admins_password_and_taking_a_second_factor_away(
    ann: Visitor, path: str, form: dict[str, str]
) -> None:
    asked = ann.post(f"/people/{path}", **form)
    assert (asked.status_code, ASKED in asked.text) == (422, True)
    assert 'action="/account/prove"' in asked.text
    wrong = ann.post("/account/prove", present="not it", next="/people/3")
    assert (wrong.status_code, 'name="next" value="/people/3"' in wrong.text) == (422, True)
    proved = ann.post("/account/prove", present=PASSWORD, next="/people/3")
    assert (proved.status_code, proved.headers["Location"]) == (303, "/people/3")
    assert ann.post(f"/people/{path}", **form).status_code in {200, 303}


def test_what_is_less_needs_none(ann: Visitor) -> None:
    assert ann.post("/people/invites", email="tom@agency.example", role="agency_member").status_code == 200
    assert ann.post("/people/3/password-link").status_code == 200
    assert ann.post("/people/2/role", role="agency_member").status_code == 303
    assert ann.post("/people/3/disable").status_code == 303


def test_guesses_at_it_are_slowed_and_the_person_stays_signed_in(ann: Visitor) -> None:
    statuses = [ann.post("/people/invites", **ADMIN, present=f"guess {number}").status_code for number in range(7)]
    assert statuses == [422] * 5 + [429] * 2
    assert ann.get("/people").status_code == 200


def test_a_proof_elsewhere_is_none_here_and_leads_to_no_other_host(ann: Visitor, any_panel: RunningPanel) -> None:
    there = any_panel.visitor("ann@agency.example")
    assert there.post("/account/prove", present=PASSWORD, next="https://evil.example").headers["Location"] == "/"
    assert ann.post("/people/invites", **ADMIN).status_code == 422
