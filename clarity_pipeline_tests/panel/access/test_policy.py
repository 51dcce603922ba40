"""Every route by every role to one's own and another's business: what the policy says is what happens, and somebody asks it."""

import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Literal, get_args

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from clarity_pipeline.panel.access.guard import Guard, NotAllowed, RouteWithoutPolicy, guards, routes_without_policy, viewer_of
from clarity_pipeline.panel.access.policy import ACTIONS, ROLES, Action, Viewer, may
from clarity_pipeline.panel.app import ROUTERS, build_app
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor, running
from clarity_pipeline_tests.world import World

Who = Literal["anonymous", "agency_admin", "agency_member", "client"]
PORTAL = "/api/v1/portal/businesses"
EMAILS = {role: f"{role}@example.com" for role in ROLES}

IN_WORDS: dict[Action, dict[Who, str]] = {
    "enter": dict.fromkeys(get_args(Who), "all"),
    "use_own_account": {"agency_admin": "all", "agency_member": "all", "client": "all"},
    "set_up_second_factor": {"agency_admin": "all", "agency_member": "all", "client": "all"},
    "use_agency_api": {"agency_admin": "all", "agency_member": "all"},
    "use_portal_api": {"client": "all"},
    "search": {"agency_admin": "all", "agency_member": "all", "client": "all"},
    "list_businesses": {"agency_admin": "all", "agency_member": "all", "client": "all"},
    "add_business": {"agency_admin": "all", "agency_member": "all"},
    "see_business": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "change_connection": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "test_connection": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "switch_sync": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "switch_totals": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "disconnect": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "mark_changes": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "take_back_markers": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "say_site": {"agency_admin": "all", "agency_member": "all"},
    "write_rules": {"agency_admin": "all", "agency_member": "all"},
    "manage_groups": {"agency_admin": "all", "agency_member": "all"},
    "manage_people": {"agency_admin": "all"},
    "manage_keys": {"agency_admin": "all"},
    "see_audit": {"agency_admin": "all"},
    "see_own_key": {},  # programs alone: test_keys
    "list_alerts": {"agency_admin": "all", "agency_member": "all", "client": "all"},
    "see_alert": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "comment_alert": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "answer_alerts": {"agency_admin": "all", "agency_member": "all"},
    "manage_channels": {"agency_admin": "all", "agency_member": "all"},
}
"""The policy once more, as a person would say it; who is not named may not."""


OF_A_BUSINESS = tuple(action for action in ACTIONS if IN_WORDS[action].get("client") == "own")


def viewer(who: Who) -> Viewer | None:
    if who == "anonymous":
        return None
    return Viewer(1, "x@example.com", "X", who, frozenset({"acme"}) if who == "client" else frozenset(), 1)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", get_args(Who))
def test_the_policy_is_as_a_person_would_say_it(action: Action, who: Who) -> None:
    said = IN_WORDS[action].get(who)
    assert may(viewer(who), action) is (said is not None)
    if action in OF_A_BUSINESS:
        assert may(viewer(who), action, "acme") is (said is not None)
        assert may(viewer(who), action, "globex") is (said == "all")


def routes(app: FastAPI) -> Iterator[tuple[str, str, tuple[Action, ...]]]:
    """Method, pattern and actions of everything that can be asked for."""
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or ()):
            yield method, str(route.path), guards(route.dependencies)


def expected(actions: tuple[Action, ...], who: Who, business_id: str | None) -> str:
    """From the table in words alone."""
    said = {IN_WORDS[action].get(who) for action in actions}
    if None in said:
        return "sign in first" if who == "anonymous" else "not allowed"
    return "nothing there" if "own" in said and business_id != "acme" else "let in"


def seen(visitor: Visitor, method: str, path: str) -> tuple[str, str]:
    """What the answer says of the policy, and its text. Whatever a handler says (done, no such row, wrong input) is let in."""
    answer = visitor.send(method, path)
    if answer.status_code >= 500:
        return f"failed with {answer.status_code}", answer.text
    to_the_door = answer.headers.get("Location", "").startswith("/sign-in?next=")
    if to_the_door or (answer.status_code == 401 and path.startswith("/api/")):
        return "sign in first", answer.text
    return {403: "not allowed", 404: "nothing there"}.get(answer.status_code, "let in"), answer.text


def wrong_answers(panel: RunningPanel, *, only: str = "") -> list[str]:
    """Every route x role x own/foreign/unknown business whose answer is not the one of the table in words."""
    found = []
    for role in ROLES:
        panel.user(EMAILS[role], role=role, businesses=("acme",) if role == "client" else ())
    for (method, pattern, actions), who in product(routes(panel.app), get_args(Who)):
        if not pattern.startswith(only):
            continue
        told: dict[str | None, str] = {}
        for business_id in ("acme", "globex", "nobody") if "{business_id}" in pattern else (None,):
            path = re.sub(r"\{\w+\}", "999999", pattern.replace("{business_id}", business_id or ""))
            right = expected(actions, who, business_id)
            verdict, told[business_id] = seen(panel.visitor(EMAILS.get(who)), method, path)
            nowhere = business_id == "nobody" or "999999" in path
            if verdict != right and not (nowhere and (verdict, right) == ("nothing there", "let in")):
                found.append(f"{who}: {method} {pattern} of {business_id}: {verdict}, not {right}")
        if who == "client" and told.get("globex") != told.get("nobody"):
            found.append(f"{who}: {method} {pattern}: another's business does not look like one that does not exist")
    return found


def two_businesses(world: World) -> Settings:
    world.connect("globex")
    return world.settings


@pytest.mark.timeout(300)
def test_every_route_answers_every_role_as_the_policy_says(world: World) -> None:
    with running(two_businesses(world), clock=lambda: world.now) as panel:
        assert len(list(routes(panel.app))) > 30
        assert wrong_answers(panel) == []


def _asks_nobody(app: FastAPI) -> None:
    for action in ACTIONS:
        app.dependency_overrides[Guard(action)] = lambda: None


def _forgets_whose(app: FastAPI) -> None:
    """The policy by role alone."""

    def by_role(action: Action) -> Callable[[Request], None]:
        def ask(request: Request) -> None:
            if not may(viewer_of(request), action):
                raise NotAllowed("no")

        return ask

    for action in ACTIONS:
        app.dependency_overrides[Guard(action)] = by_role(action)


@pytest.mark.parametrize(
    ("naive", "only", "told"),
    [
        (_asks_nobody, "/people", "client: GET /people of None: let in, not not allowed"),
        (_forgets_whose, "/api/v1/portal", f"client: GET {PORTAL}/{{business_id}} of globex: let in, not nothing there"),
    ],
    ids=["asks nobody", "forgets whose"],
)
def test_the_walk_would_see_a_guard_that_is_gone(world: World, naive: Callable[[FastAPI], None], only: str, told: str) -> None:
    with running(two_businesses(world), clock=lambda: world.now, changed=naive) as panel:
        assert told in wrong_answers(panel, only=only)


def test_a_route_that_asks_nobody_stops_the_build(tmp_path: Path) -> None:
    bare = APIRouter()

    @bare.get("/open")
    def open_to_all() -> str:
        return "anything"

    with pytest.raises(RouteWithoutPolicy, match="/open"):
        build_app(Settings(home=tmp_path), routers=(*ROUTERS, bare))


def test_a_mount_and_a_plain_route_ask_nobody_either() -> None:
    app = FastAPI(openapi_url=None)
    app.mount("/mounted", Starlette())
    app.add_route("/plain", lambda _: PlainTextResponse("anything"))
    app.add_api_websocket_route("/socket", lambda: None)
    assert routes_without_policy(app) == ["/mounted", "/plain", "/socket"]
