"""Keys of programs at the JSON API: each route by each kind of key to one's own and another's business, and how often."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Literal, get_args

import pytest
import requests
from fastapi import FastAPI, Request

from clarity_pipeline.connections.api_keys import ApiKey, Wanted
from clarity_pipeline.panel.access.guard import Guard, NotAllowed, asker_of
from clarity_pipeline.panel.access.key_rates import KeyRates, RateLimited
from clarity_pipeline.panel.access.policy import ACTIONS, Action, may
from clarity_pipeline_tests.panel.access.test_policy import routes, two_businesses
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor, running
from clarity_pipeline_tests.world import World

AGENCY = "/api/v1/businesses"
MARKER = {"at": "2026-05-03T10:00:00Z", "note": "new form"}

Kind = Literal["reads acme", "marks acme", "does all of acme", "reads all", "revoked"]

IN_WORDS: dict[Kind, dict[Action, str]] = {
    "reads acme": {"list_businesses": "own", "see_business": "own", "list_alerts": "own", "see_alert": "own"},
    "marks acme": {"mark_changes": "own"},
    "does all of acme": {
        "list_businesses": "own",
        "see_business": "own",
        "list_alerts": "own",
        "see_alert": "own",
        "mark_changes": "own",
    },
    "reads all": {"list_businesses": "all", "see_business": "all", "list_alerts": "all", "see_alert": "all"},
    "revoked": {},
}
"""What each may, beside what anybody may and looking at itself; what is not named it may not."""

WANTED: dict[Kind, Wanted] = {
    "reads acme": Wanted(name="reads", scopes=("read",), business_ids=("acme",), a_minute=6000),
    "marks acme": Wanted(name="marks", scopes=("markers",), business_ids=("acme",), a_minute=6000),
    "does all of acme": Wanted(name="both", scopes=("markers", "read"), business_ids=("acme",), a_minute=6000),
    "reads all": Wanted(name="all", scopes=("read",), business_ids=None, a_minute=6000),
    "revoked": Wanted(name="over", scopes=("markers", "read"), business_ids=None),
}


def made(panel: RunningPanel) -> dict[Kind, str]:
    found: dict[Kind, str] = {}
    for kind in get_args(Kind):
        found[kind], key = panel.panel.api_keys.make(WANTED[kind], actor="cli:anna")
        if kind == "revoked":
            panel.panel.api_keys.revoke(key.prefix, actor="cli:anna")
    return found


def program(panel: RunningPanel, key: str) -> Visitor:
    return Visitor(panel.base_url, headers={"Authorization": f"Bearer {key}"})


def expected(kind: Kind, pattern: str, actions: tuple[Action, ...], business_id: str | None) -> set[int]:
    """Statuses, from the table in words alone; what a handler says of the request itself counts as let in."""
    let_in = {200, 201, 409, 410, 422, 429} if business_id != "nobody" else {404}
    let_in |= {404} if "_id}" in pattern.replace("{business_id}", "") or not pattern.startswith(AGENCY) else set()
    let_in |= {422} if pattern.endswith(("/{slice}", "/pages")) else set()  # what is asked for is read first
    if set(actions) == {"enter"}:
        return let_in | {303, 307}
    if kind == "revoked":
        return {401}
    said = {"all" if action in {"use_agency_api", "see_own_key", "enter"} else IN_WORDS[kind].get(action) for action in actions}
    if "acme" in kind and "use_agency_api" in actions and business_id not in {None, "acme"}:
        return {404}  # before anything else: what it may not know of is not there
    return {403} if None in said else let_in


def wrong_answers(panel: RunningPanel, *, only: str = "/api/") -> list[str]:
    """Every route below /api/ x kind of key x own/foreign/unknown business whose answer is not that of the table in words."""
    found, keys = [], made(panel)
    for (method, pattern, actions), kind in product(routes(panel.app), get_args(Kind)):
        if not pattern.startswith(only):
            continue
        told: dict[str | None, str] = {}
        for business_id in ("acme", "globex", "nobody") if "{business_id}" in pattern else (None,):
            path = re.sub(r"\{\w+\}", "999999", pattern.replace("{business_id}", business_id or ""))
            answer = program(panel, keys[kind]).send(method, path)
            told[business_id] = answer.text
            if answer.status_code not in expected(kind, pattern, actions, business_id):
                found.append(f"{kind}: {method} {pattern} of {business_id}: {answer.status_code}")
            if "acme" in kind and "globex" in answer.text:
                found.append(f"{kind}: {method} {pattern} of {business_id}: names another's business")
        if "acme" in kind and told.get("globex") != told.get("nobody"):
            found.append(f"{kind}: {method} {pattern}: another's business does not look like one that does not exist")
    return found


@pytest.mark.timeout(300)
def test_every_route_answers_every_key_as_its_scope_and_businesses_say(world: World) -> None:
    with running(two_businesses(world), clock=lambda: world.now) as panel:
        assert wrong_answers(panel) == []


def _forgets_whose(app: FastAPI) -> None:
    """The policy by scope alone."""

    def by_scope(action: Action) -> Callable[[Request], None]:
        def ask(request: Request) -> None:
            if not may(asker_of(request), action):
                raise NotAllowed("no")

        return ask

    for action in ACTIONS:
        app.dependency_overrides[Guard(action)] = by_scope(action)


def test_the_walk_would_see_a_key_that_asks_of_every_business(world: World) -> None:
    with running(two_businesses(world), clock=lambda: world.now, changed=_forgets_whose) as panel:
        assert f"reads acme: GET {AGENCY}/{{business_id}} of globex: 200" in wrong_answers(panel, only=AGENCY)


def test_a_key_opens_no_page_and_its_cookie_counts_for_nothing(panel: RunningPanel) -> None:
    keys = made(panel)
    ann = panel.visitor("ann@agency.example")
    reading = program(panel, keys["reads all"])
    assert reading.get("/businesses").headers["Location"].startswith("/sign-in")
    assert reading.get(f"{AGENCY}/acme").status_code == 200
    both = {"Authorization": f"Bearer {keys['revoked']}"}
    refused = ann.get(AGENCY, headers=both)
    assert (refused.status_code, refused.json()["reason"]) == (401, "invalid_key")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert ann.get(AGENCY, headers={"Authorization": "Basic eDp5"}).status_code == 200, "a proxy's own"
    assert ann.get("/people", headers=both).status_code == 200, "a page does not ask for keys"


def test_a_key_says_what_it_may_and_marks_in_its_own_name(panel: RunningPanel) -> None:
    keys = made(panel)
    marking = program(panel, keys["marks acme"])
    own = marking.get("/api/v1/key").json()
    assert (own["name"], own["scopes"], own["business_ids"], own["a_minute"]) == ("marks", ["markers"], ["acme"], 6000)
    kept = marking.send("POST", f"{AGENCY}/acme/markers", json=MARKER)
    assert (kept.status_code, kept.json()["author"]) == (201, f"key:{own['prefix']}")
    assert marking.get(f"{AGENCY}/acme/markers").status_code == 403
    assert marking.send("DELETE", f"{AGENCY}/acme/markers/{kept.json()['marker_id']}").status_code == 403
    assert program(panel, keys["reads acme"]).get(f"{AGENCY}/acme/markers").json()[0]["note"] == "new form"
    assert [each["business"] for each in program(panel, keys["reads acme"]).get(AGENCY).json()] == ["acme"]


def test_a_key_that_asks_too_often_is_told_when_to_go_on_and_others_are_not_slowed(panel: RunningPanel) -> None:
    wanted = Wanted(name="wild", scopes=("read",), business_ids=None, a_minute=5)
    wild = program(panel, panel.panel.api_keys.make(wanted, actor="cli:anna")[0])
    answers = [wild.get(AGENCY) for _ in range(8)]
    assert [each.status_code for each in answers] == [200] * 5 + [429] * 3
    assert answers[-1].json()["reason"] == "rate_limited"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 12
    assert program(panel, made(panel)["reads all"]).get(AGENCY).status_code == 200


def test_a_bucket_fills_again_steadily_and_never_over_its_brim(panel: RunningPanel) -> None:
    _, key = panel.panel.api_keys.make(Wanted(name="x", scopes=("read",), business_ids=None, a_minute=60), actor="cli:anna")
    now = 0.0
    rates = KeyRates(now=lambda: now)
    assert taken(rates, key, 100) == 60
    now += 5
    assert taken(rates, key, 100) == 5
    now += 3600
    assert taken(rates, key, 100) == 60


def taken(rates: KeyRates, key: ApiKey, tries: int) -> int:
    found = 0
    for _ in range(tries):
        try:
            rates.take(key)
            found += 1
        except RateLimited:
            pass
    return found


def test_an_admin_makes_a_key_in_a_form_sees_it_once_and_ends_it(panel: RunningPanel) -> None:
    ann = panel.visitor("ann@agency.example")
    page = ann.send("POST", "/keys", data={"name": "acme dashboard", "days": "30", "scopes": "read", "businesses": "acme"})
    (key,) = re.findall(r"clp_[a-z2-9]{8}_[\w-]{43}", page.text)
    assert program(panel, key).get(f"{AGENCY}/acme").status_code == 200
    again = ann.get("/keys").text
    assert key not in again
    assert "acme dashboard" in again
    assert ann.post(f"/keys/{key[4:12]}/revoke").status_code == 303
    assert program(panel, key).get(f"{AGENCY}/acme").status_code == 401
    assert "opens nothing any more" in ann.get("/keys").text
    assert "revoked the key" in ann.get("/people/log").text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "x", "days": "0", "scopes": "read", "which": "all"}, "1 to 366 days"),
        ({"name": "x", "days": "ten", "scopes": "read", "which": "all"}, "write a number"),
        ({"name": "x", "days": "9", "which": "all"}, "what the key is for"),
        ({"name": "x", "days": "9", "scopes": "read"}, "at least one business"),
        ({"name": "x", "days": "9", "scopes": "read", "which": "all", "businesses": "acme"}, "not both"),
    ],
)
def test_a_form_that_cannot_be_is_shown_again_with_what_was_typed(panel: RunningPanel, form: dict[str, str], told: str) -> None:
    answer = panel.visitor("ann@agency.example").send("POST", "/keys", data=form)
    assert (answer.status_code, told in answer.text, 'value="x"' in answer.text) == (422, True, True)


def test_a_key_outlasts_a_sign_in_so_the_password_is_asked_for_anew(world: World) -> None:
    with running(world.settings, clock=lambda: world.now) as panel:
        panel.user("ann@agency.example", role="agency_admin")
        ann = panel.visitor("ann@agency.example")
        world.now += timedelta(minutes=11)
        form = {"name": "x", "days": "9", "scopes": "read", "which": "all"}
        assert "Give your password once more" in ann.send("POST", "/keys", data=form).text
        assert panel.panel.api_keys.all() == []
        assert "clp_" in ann.send("POST", "/keys", data={**form, "present": PASSWORD}).text
        assert len(panel.panel.api_keys.all()) == 1


def test_the_document_says_which_operations_take_a_key(panel: RunningPanel) -> None:
    document = panel.visitor().get("/api/v1/openapi.json").json()
    by_key = {
        f"{method.upper()} {path}": operation["x-key-scope"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if {"key": []} in operation.get("security", [])
    }
    assert by_key.pop("GET /api/v1/key") == "any"
    for marks in ("markers", "deployments"):
        assert by_key.pop(f"POST {AGENCY}/{{business_id}}/{marks}") == "markers"
    assert set(by_key.values()) == {"read"}
    assert {each.partition(" ")[0] for each in by_key} == {"GET"}
    assert f"GET {AGENCY}/{{business_id}}/dashboard" in by_key
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_a_key_in_a_header_of_another_shape_opens_nothing(panel: RunningPanel) -> None:
    key = made(panel)["reads all"]
    for header in ("Bearer", "Bearer ", f"Bearer {key}x", f"Bearer {key},{key}", f"Token {key}", key, f"Bearer \xff{key}"):
        answer = requests.get(panel.base_url + AGENCY, headers={"Authorization": header.encode("latin-1")}, timeout=30)
        assert answer.status_code == 401, header
    assert requests.get(f"{panel.base_url}{AGENCY}?key={key}", timeout=30).status_code == 401
