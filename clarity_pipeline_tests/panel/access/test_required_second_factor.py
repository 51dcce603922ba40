"""A second factor that a role must have: who has none is led to set it up, does nothing else, and is not locked out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import get_args

import pyotp
import pytest

from clarity_pipeline.panel.access.policy import ACTIONS, ROLES, Role, Viewer, may, roles_named
from clarity_pipeline.panel.app import build_app
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import SettingsError
from clarity_pipeline_tests.cli.running import run_script
from clarity_pipeline_tests.panel.access.test_policy import routes
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor, running

PAGE = "/account/second-factor"
EMAILS: dict[Role, str] = {role: f"{role}@example.com" for role in ROLES}
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@contextmanager
def demanding(folder: Path, roles: str) -> Iterator[RunningPanel]:
    """A panel where somebody of each role has an account, and none a second factor."""
    settings = Settings(home=folder / "home", api_base_url="http://127.0.0.1:9", panel_second_factor=roles)
    with running(settings, clock=lambda: NOON) as found:
        for role, email in EMAILS.items():
            if email not in {user.email for user in found.panel.accounts.all()}:
                found.user(email, role=role)
        yield found


def set_up(visitor: Visitor) -> tuple[pyotp.TOTP, str]:
    """The app's key, and the page that shows the recovery codes."""
    assert visitor.post(f"{PAGE}/begin").status_code == 303
    key = re.search(r'id="key" readonly value="(\w{32})"', visitor.get(PAGE).text)
    assert key
    app = pyotp.TOTP(key[1])
    answer = visitor.post(f"{PAGE}/confirm", code=app.at(NOON))
    assert answer.status_code == 200
    return app, answer.text


@pytest.mark.parametrize("role", get_args(Role))
def test_who_must_have_one_does_nothing_before_it_is_set_up_and_everything_afterwards(tmp_path: Path, role: Role) -> None:
    with demanding(tmp_path, ",".join(ROLES)) as panel:
        visitor = panel.visitor(EMAILS[role])
        for path in ("/", "/businesses", "/account", "/people" if role == "agency_admin" else "/connect"):
            answer = visitor.get(path)
            assert (answer.status_code, answer.headers["Location"]) == (303, PAGE), path
        page = visitor.get(PAGE).text
        assert "Your role needs a second factor" in page
        assert 'href="/businesses"' not in page
        refused = visitor.get("/api/v1/me")
        assert (refused.status_code, refused.json()["reason"]) == (403, "second_factor_owed")
        assert visitor.post("/account/password", present="x", new="y").headers["Location"] == PAGE
        app, shown = set_up(visitor)
        assert 'href="/">Go on' in shown
        assert visitor.get("/businesses").status_code == 200
        other = panel.visitor()
        assert "One thing more" in other.post("/sign-in", email=EMAILS[role], password="a pond full of herons").text
        assert visitor.post(f"{PAGE}/off").status_code == 303, "to set another up"
        assert visitor.get("/businesses").headers["Location"] == PAGE
        assert app.at(NOON)


def test_no_route_but_the_door_and_the_set_up_is_open_meanwhile(tmp_path: Path) -> None:
    with demanding(tmp_path, "agency_admin") as panel:
        visitor = panel.visitor(EMAILS["agency_admin"])
        passed = []
        for method, pattern, actions in routes(panel.app):
            if set(actions) <= {"enter", "set_up_second_factor"}:
                continue
            path = re.sub(r"\{\w+\}", "999999", pattern)
            answer = visitor.send(method, path)
            if answer.headers.get("Location") != PAGE and answer.status_code != 403:
                passed.append(f"{method} {pattern}: {answer.status_code}")
        assert passed == []
        assert visitor.get("/sign-in").headers["Location"] == "/"
        assert visitor.post("/sign-out").status_code == 303


def test_a_role_that_is_not_named_is_not_asked(tmp_path: Path) -> None:
    with demanding(tmp_path, "agency_admin") as panel:
        for role in ("agency_member", "client"):
            assert panel.visitor(EMAILS[role]).get("/businesses").status_code == 200
        panel.panel.accounts.set_role(2, "agency_admin")
        assert panel.visitor(EMAILS["agency_member"]).get("/businesses").headers["Location"] == PAGE, "from the next request on"


def test_who_is_in_when_the_setting_comes_is_held_up_from_the_next_request_on(tmp_path: Path) -> None:
    with demanding(tmp_path, "") as panel:
        visitor = panel.visitor(EMAILS["client"])
        assert visitor.get("/businesses").status_code == 200
    with demanding(tmp_path, "client") as panel:
        visitor.base_url = panel.base_url
        assert visitor.get("/businesses").headers["Location"] == PAGE


def test_the_last_admin_who_has_lost_it_gets_back_in_by_the_command_line(tmp_path: Path) -> None:
    with demanding(tmp_path, "agency_admin,agency_member,client") as panel:
        email = EMAILS["agency_admin"]
        set_up(panel.visitor(email))
        assert "One thing more" in panel.visitor().post("/sign-in", email=email, password="a pond full of herons").text
        environment = {"CLARITY_HOME": str(tmp_path / "home"), "CLARITY_PANEL_SECOND_FACTOR": "agency_admin"}
        done = run_script("panel", "reset-second-factor", email, environment=environment, cwd=tmp_path)
        assert (done.status, done.out) == (0, f"{email} signs in with the password alone.\n")
        visitor = panel.visitor(email)
        assert visitor.get("/people").headers["Location"] == PAGE
        set_up(visitor)
        assert visitor.get("/people").status_code == 200


def test_setting_one_up_ends_every_sign_in_that_began_without(tmp_path: Path) -> None:
    with demanding(tmp_path, "") as panel:
        thief, owner = (panel.visitor(EMAILS["client"]) for _ in range(2))
        set_up(owner)
        assert thief.get("/account").status_code == 303
        assert owner.get("/account").status_code == 200


def test_the_policy_lets_who_owes_one_enter_and_set_it_up_alone() -> None:
    owing = {role: Viewer(1, "x@example.com", "X", role, frozenset(), 1, owes_second_factor=True) for role in ROLES}
    allowed = {(role, action) for role, action in product(ROLES, ACTIONS) if may(owing[role], action)}
    assert allowed == set(product(ROLES, ("enter", "set_up_second_factor")))


@pytest.mark.parametrize("text", ["admin", "agency_admin;client", "agency_admin,everybody"])
def test_a_role_that_does_not_exist_stops_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="CLARITY_PANEL_SECOND_FACTOR must be roles"):
        build_app(Settings(home=tmp_path, panel_second_factor=text))


def test_roles_are_named_with_commas_and_blanks() -> None:
    assert roles_named(" agency_admin, client ,") == {"agency_admin", "client"}
    assert roles_named("") == frozenset()
