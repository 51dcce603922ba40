"""The guard that every route carries: it asks `may` before a handler runs, and a route without one stops the build.

`guard(action)` stands among the `dependencies` of a route or of its router; `SignedIn` gives a handler the viewer, `Asking` the
viewer or, below `/api/`, the key of a program. A request that brings a key is that key's alone, whatever cookie it has too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from clarity_pipeline.alerts.people import UnknownAlert
from clarity_pipeline.connections.api_keys import ApiKey
from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.cookie import read_cookie
from clarity_pipeline.panel.access.policy import Action, Asker, Viewer, may
from clarity_pipeline.state.schema.alerts import alerts

_DOORS: tuple[Action, ...] = ("use_agency_api", "use_portal_api")
"""What is asked of a whole group of routes, before anybody asks of what."""

_ALERT_ID = re.compile(r"[0-9a-f]{32}")


class NotSignedIn(ClarityPipelineError):
    """Nobody is signed in, or no longer."""

    reason = "not_signed_in"


class NotAllowed(ClarityPipelineError):
    """The viewer's role may not do that to anything."""

    reason = "not_allowed"


class NoSuchBusiness(ClarityPipelineError):
    """No business of that name, or none that the viewer may know of: nobody can tell which."""

    reason = "unknown_business"


class SecondFactorOwed(ClarityPipelineError):
    """The viewer's role must have a second factor, and they have none yet."""

    reason = "second_factor_owed"


class RouteWithoutPolicy(Exception):
    """A route was built that asks nobody whether it may be used: a defect, and no panel starts with it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The dependency that asks `may` before a handler runs; the business is the one in the path, or that of the alert in it."""

    action: Action

    def __call__(self, request: Request) -> None:
        """Raise unless the viewer may."""
        if may(None, self.action):
            return
        asker = asker_of(request)
        business_id = request.path_params.get("business_id")
        is_known = business_id is None or is_slug(business_id)
        alert_id = None if self.action in _DOORS else request.path_params.get("alert_id")
        if alert_id is not None and may(asker, self.action):
            business_id = _business_of(request, alert_id)
            is_known = business_id is not None
        if may(asker, self.action, business_id) and is_known:
            return
        if asker is None:
            raise NotSignedIn("Nobody is signed in here, or the sign-in has ended: sign in again")
        if isinstance(asker, Viewer) and asker.owes_second_factor:
            raise SecondFactorOwed("Your role needs a second factor: set it up under Your account in the panel, then go on")
        if may(asker, self.action):
            if "alert_id" in request.path_params:
                raise UnknownAlert("There is no such alert, or it is not yours to see; go back to the alerts")
            raise NoSuchBusiness("There is no such business, or it is not yours to see; go back to your businesses")
        raise NotAllowed(f"{'Your role' if isinstance(asker, Viewer) else 'This key'} does not allow this; ask an agency admin")


def _business_of(request: Request, alert_id: str) -> str | None:
    """Whose an alert is; looked up once. None where there is none of that whole id."""
    if not hasattr(request.state, "business_of_alert"):
        c = alerts.c
        with request.app.state.panel.home.state.read() as connection:
            is_id = _ALERT_ID.fullmatch(alert_id) is not None  # Postgres takes no NUL in a text, not even to look for it
            found = connection.scalar(sa.select(c.business_id).where(c.alert_id == alert_id)) if is_id else None
        request.state.business_of_alert = found
    found_before: str | None = request.state.business_of_alert
    return found_before


def guard(action: Action) -> Any:
    """What a route (or a router) puts into its `dependencies`."""
    return Depends(Guard(action))


def ask_guards(request: Request) -> None:
    """Raise what the guards of the request's route would: for the errors that come before FastAPI asks them."""
    for action in guards(getattr(request.scope.get("route"), "dependencies", ())):
        Guard(action)(request)


def asker_of(request: Request) -> Asker | None:
    """Whose request this is: below `/api/` a program's that brings a key, else the viewer's.

    Raises `InvalidKey`, and `RateLimited` for a key that asks too often; looked up, and counted, once.
    """
    key = _key_in(request)
    if key is None:
        return viewer_of(request)
    if not hasattr(request.state, "holder"):
        panel = request.app.state.panel
        holder: ApiKey = panel.api_keys.holder(key)
        panel.key_rates.take(holder)
        request.state.holder = holder
    found: ApiKey = request.state.holder
    return found


def _key_in(request: Request) -> str | None:
    """Another scheme than Bearer is somebody else's, such as a proxy's."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and request.scope["path"].startswith("/api/") else None


def viewer_of(request: Request) -> Viewer | None:
    """Who is signed in and sent this request; looked up once."""
    if _key_in(request) is not None:
        return None
    if not hasattr(request.state, "viewer"):
        panel = request.app.state.panel
        request.state.viewer = panel.sign_ins.viewer(read_cookie(request))
    found: Viewer | None = request.state.viewer
    return found


def _signed_in(request: Request) -> Viewer:
    viewer = viewer_of(request)
    if viewer is None:
        raise NotSignedIn("Nobody is signed in here, or the sign-in has ended: sign in again")
    return viewer


SignedIn = Annotated[Viewer, Depends(_signed_in)]
"""A handler's parameter: the viewer, who is somebody."""


def _asking(request: Request) -> Asker:
    asker = asker_of(request)
    if asker is None:
        raise NotSignedIn("Nobody is signed in here, or the sign-in has ended: sign in again")
    return asker


Asking = Annotated[Asker, Depends(_asking)]
"""A handler's parameter: the viewer, or the key of a program."""


def guards(dependencies: Iterable[Any]) -> tuple[Action, ...]:
    """The actions that a route asks for."""
    return tuple(each.dependency.action for each in dependencies if isinstance(each.dependency, Guard))


def routes_without_policy(app: FastAPI) -> list[str]:
    """Path of every route that carries no guard; what is no plain route (a mount, a web socket) can carry none."""
    return [
        str(getattr(route, "path", route.original_route))
        for route in iter_route_contexts(app.routes)
        if not guards(getattr(route, "dependencies", ()))
    ]
