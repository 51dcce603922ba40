"""Every route by every role to one's own and another's business: what the policy says is what happens, and somebody asks it."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal, get_args

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from clarity_pipeline.panel.app import ROUTERS, build_app
from clarity_pipeline.panel.guard import Guard, RouteWithoutPolicy, guard, guards, routes_without_policy
from clarity_pipeline.panel.policy import ACTIONS, ROLES, Action, Viewer, may
from clarity_pipeline.settings import Settings
from clarity_pipeline_tests.day import World
from clarity_pipeline_tests.panel.running import RunningPanel, running

Who = Literal["anonymous", "agency_admin", "agency_member", "client"]
EMAILS = {role: f"{role}@example.com" for role in ROLES}

IN_WORDS: dict[Action, dict[Who, str]] = {
    "enter": dict.fromkeys(get_args(Who), "all"),
    "use_own_account": {"agency_admin": "all", "agency_member": "all", "client": "all"},
    "use_agency_api": {"agency_admin": "all", "agency_member": "all"},
    "use_portal_api": {"client": "all"},
    "list_businesses": {"agency_admin": "all", "agency_member": "all", "client": "all"},
    "add_business": {"agency_admin": "all", "agency_member": "all"},
    "see_business": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "change_connection": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "test_connection": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "switch_sync": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "disconnect": {"agency_admin": "all", "agency_member": "all", "client": "own"},
    "manage_people": {"agency_admin": "all"},
}
"""The policy once more, as a person would say it; who is not named may not."""


def viewer(who: Who) -> Viewer | None:
    if who == "anonymous":
        return None
    return Viewer(1, "x@example.com", "X", who, frozenset({"acme"}) if who == "client" else frozenset(), 1)


@pytest.mark.parametrize("action", ACTIONS)
def test_the_policy_is_as_it_was_said(action: Action) -> None:
    for who in get_args(Who):
        allowed = IN_WORDS[action].get(who)
        assert may(viewer(who), action) is (allowed is not None)
        assert may(viewer(who), action, "acme") is (allowed is not None)
        assert may(viewer(who), action, "globex") is (allowed == "all" and (who != "client" or action == "enter") or False) or (
            who == "client" and allowed == "all"
        )


def routes(app: FastAPI) -> Iterator[tuple[str, str, tuple[Action, ...]]]:
    """Method, path and actions of everything that can be asked for."""
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or ()):
            yield method, str(route.path), guards(route.dependencies)


def _path(pattern: str, business_id: str) -> str:
    path = pattern.replace("{business_id}", business_id)
    return re.sub(r"\{\w+\}", "999999", path)


def verdict(status: int, location: str) -> str:
    """What a status says of the policy: 2xx, a form's redirect, 409 or 422 come from the handler, so the viewer was let in."""
    if status == 303 and location.startswith("/sign-in?next="):
        return "sign in first"
    return {401: "sign in first", 403: "not allowed", 404: "nothing there"}.get(status, "let in")


def expected(actions: tuple[Action, ...], who: Who, business_id: str | None) -> str:
    """From the table in words alone."""
    answers = {IN_WORDS[action].get(who) for action in actions}
    if None in answers:
        return "sign in first" if who == "anonymous" else "not allowed"
    is_foreign = business_id is not None and business_id != "acme" and who == "client"
    return "nothing there" if is_foreign and "own" in answers else "let in"


def mismatches(panel: RunningPanel) -> list[str]:
    """Every route x role x own/foreign/unknown business whose answer is not what the policy in words says."""
    found = []
    for role in ROLES:
        panel.user(EMAILS[role], role=role, businesses=("acme",) if role == "client" else ())
    for method, pattern, actions in routes(panel.app):
        businesses = ("acme", "globex", "nobody") if "{business_id}" in pattern else (None,)
        for who, business_id in product(get_args(Who), businesses):
            visitor = panel.visitor(EMAILS.get(who))
            answer = visitor.send(method, _path(pattern, business_id or ""))
            seen = verdict(answer.status_code, answer.headers.get("Location", ""))
            right = expected(actions, who, business_id)
            if right == "let in" and business_id == "nobody" or "999999" in _path(pattern, ""):
                right = "nothing there" if right == "let in" and seen == "nothing there" else right
            if seen != right:
                found.append(f"{who}: {method} {pattern} of {business_id}: {answer.status_code}, expected {right}")
            if answer.status_code >= 500 and answer.status_code != 503:
                found.append(f"{who}: {method} {pattern}: {answer.status_code}")
    return found
