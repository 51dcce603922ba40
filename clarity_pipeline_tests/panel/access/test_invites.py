import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from clarity_pipeline.panel.access.invites import InviteOver, invite_path
from clarity_pipeline.panel.access.users import InvalidAccount
from clarity_pipeline.state.schema.panel import panel_invites
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor

NEW = "nine loud geese at dawn"


def accept(visitor: Visitor, secret: str, *, name: str = "Max", password: str = NEW) -> int:
    return visitor.post("/invite", code=secret, name=name, password=password).status_code


def test_somebody_who_is_invited_sets_name_and_password_and_is_in(any_panel: RunningPanel) -> None:
    secret = any_panel.panel.invites.make("Max@Agency.Example", role="agency_member")
    max_ = any_panel.visitor()
    page = max_.get(invite_path(secret))
    assert "max@agency.example" in page.text
    assert accept(max_, secret) == 303
    assert "Max, max@agency.example" in max_.get("/account").text
    assert any_panel.visitor().post("/sign-in", email="max@agency.example", password=NEW).status_code == 303


def test_whose_name_is_the_address_is_called_by_it_once(any_panel: RunningPanel) -> None:
    secret = any_panel.panel.invites.make("max@agency.example", role="agency_member")
    max_ = any_panel.visitor()
    assert accept(max_, secret, name="max@agency.example") == 303
    assert '<p class="soft">max@agency.example</p>' in max_.get("/account").text


def test_a_link_is_good_once_and_looking_does_not_use_it_up(any_panel: RunningPanel) -> None:
    secret = any_panel.panel.invites.make("max@agency.example", role="agency_member")
    assert [any_panel.visitor().get(invite_path(secret)).status_code for _ in range(2)] == [200, 200]
    assert accept(any_panel.visitor(), secret) == 303
    assert accept(any_panel.visitor(), secret, password="another long password") == 410
    assert any_panel.visitor().get(invite_path(secret)).status_code == 410
    assert any_panel.visitor().post("/sign-in", email="max@agency.example", password=NEW).status_code == 303


def test_of_many_who_accept_at_once_one_is_let_in(any_panel: RunningPanel) -> None:
    secret = any_panel.panel.invites.make("max@agency.example", role="agency_member")
    with ThreadPoolExecutor(12) as pool:
        statuses = Counter(pool.map(lambda number: accept(any_panel.visitor(), secret, name=f"Max {number}"), range(12)))
    assert statuses == {303: 1, 410: 11}


@pytest.mark.parametrize(("hours", "status"), [(71.99, 303), (72, 410)])
def test_a_link_is_good_for_72_hours(any_panel: RunningPanel, hand_clock: HandClock, hours: float, status: int) -> None:
    secret = any_panel.panel.invites.make("max@agency.example", role="agency_member")
    hand_clock.now += timedelta(hours=hours)
    assert accept(any_panel.visitor(), secret) == status


def test_a_newer_link_ends_the_older_and_one_that_is_taken_back_is_over(any_panel: RunningPanel) -> None:
    invites = any_panel.panel.invites
    older, newer = (invites.make("max@agency.example", role="agency_member") for _ in range(2))
    with pytest.raises(InviteOver):
        invites.look(older)
    invites.take_back(invites.look(newer).invite_id)
    with pytest.raises(InviteOver):
        invites.look(newer)


def test_a_bad_password_or_name_does_not_use_the_link_up(any_panel: RunningPanel) -> None:
    secret = any_panel.panel.invites.make("max@agency.example", role="agency_member")
    answer = any_panel.visitor().post("/invite", code=secret, name="Max", password="short")
    assert answer.status_code == 422
    assert "12 to 200 characters" in answer.text
    assert 'value="Max"' in answer.text, "what was typed is still there"
    assert accept(any_panel.visitor(), secret, password="max@agency.example") == 422
    assert accept(any_panel.visitor(), secret, name=" \t ") == 422
    assert accept(any_panel.visitor(), secret) == 303


def test_the_database_knows_no_link(any_panel: RunningPanel) -> None:
    secret = any_panel.panel.invites.make("max@agency.example", role="agency_member")
    with any_panel.panel.home.state.read() as connection:
        row = connection.execute(sa.select(panel_invites)).one()
    assert secret not in str(row)
    assert re.fullmatch(r"[0-9a-f]{64}", row.secret_sha256)


def test_a_link_for_a_known_user_sets_the_password_and_keeps_the_role(any_panel: RunningPanel) -> None:
    user_id = any_panel.user("ann@agency.example", role="agency_admin")
    elsewhere = any_panel.visitor("ann@agency.example")
    accounts, invites = any_panel.panel.accounts, any_panel.panel.invites
    secret = invites.make_for(accounts.get(user_id))
    ann = any_panel.visitor()
    assert accept(ann, secret, name="Ann") == 303
    assert ann.get("/people").status_code == 200
    assert elsewhere.get("/account").status_code == 303, "who knew the old password is out"
    assert any_panel.visitor().post("/sign-in", email="ann@agency.example", password=PASSWORD).status_code == 401


def test_an_old_invite_never_opens_an_account_that_was_made_meanwhile(any_panel: RunningPanel) -> None:
    secret = any_panel.panel.invites.make("ann@agency.example", role="agency_member")
    any_panel.user("ann@agency.example", role="agency_admin")
    assert accept(any_panel.visitor(), secret) == 422
    assert any_panel.visitor().post("/sign-in", email="ann@agency.example", password=PASSWORD).status_code == 303


def test_a_disabled_account_gets_no_link_and_its_open_link_opens_nothing(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example", role="agency_admin")
    user_id = any_panel.user("max@agency.example")
    accounts, invites = any_panel.panel.accounts, any_panel.panel.invites
    secret = invites.make_for(accounts.get(user_id))
    accounts.disable(user_id)
    assert accept(any_panel.visitor(), secret) == 422
    with pytest.raises(InvalidAccount, match="disabled"):
        invites.make_for(accounts.get(user_id))


def test_an_admin_invites_a_client_and_sees_the_link_once(panel: RunningPanel) -> None:
    ann = panel.visitor("ann@agency.example")
    answer = ann.post("/people/invites", email="joe@acme.example", role="client", businesses="acme")
    found = re.search(r'value="(http[^"]+/invite\?code=[^"]+)"', answer.text)
    assert found
    link = unescape(found[1])
    assert link.startswith(panel.base_url)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "code=" not in ann.get("/people").text
    joe = panel.visitor()
    assert accept(joe, link.partition("code=")[2], name="Joe") == 303
    assert joe.get("/api/v1/me").json()["businesses"] == ["acme"]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"email": "nobody", "role": "client", "businesses": "acme"}, "no e-mail address"),
        ({"email": "joe@acme.example", "role": "client"}, "choose at least one"),
        ({"email": "joe@acme.example", "role": "client", "businesses": "nowhere"}, "does not exist"),
        ({"email": "joe@acme.example", "role": "emperor"}, "Choose a role"),
        ({"email": "MAX@agency.example", "role": "agency_member"}, "account with that address already"),
    ],
)
def test_an_invite_that_cannot_be_says_why_and_keeps_what_was_typed(panel: RunningPanel, form: dict[str, str], told: str) -> None:
    answer = panel.visitor("ann@agency.example").post("/people/invites", **form)
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert f'value="{form["email"]}"' in answer.text
    assert panel.panel.invites.open_ones() == []
