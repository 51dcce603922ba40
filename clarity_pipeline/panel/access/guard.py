"""The guard that every route carries: it asks `may` before a handler runs, and a route without one stops the build.

`guard(action)` stands among the `dependencies` of a route or of its router; `SignedIn` gives a handler the viewer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.cookie import read_cookie
from clarity_pipeline.panel.access.policy import Action, Viewer, may


class NotSignedIn(ClarityPipelineError):
    """Nobody is signed in, or no longer."""

    reason = "not_signed_in"


class NotAllowed(ClarityPipelineError):
    """The viewer's role may not do that to anything."""

    reason = "not_allowed"


class NoSuchBusiness(ClarityPipelineError):
    """No business of that name, or none that the viewer may know of: nobody can tell which."""

    reason = "unknown_business"


class RouteWithoutPolicy(Exception):
    """A route was built that asks nobody whether it may be used: a defect, and no panel starts with it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The dependency that asks `may` before a handler runs; the business is the one in the path."""

    action: Action

    def __call__(self, request: Request) -> None:
        """Raise unless the viewer may."""
        viewer = viewer_of(request)
        business_id = request.path_params.get("business_id")
        if may(viewer, self.action, business_id) and (business_id is None or is_slug(business_id)):
            return
        if viewer is None:
            raise NotSignedIn("Nobody is signed in here, or the sign-in has ended: sign in again")
        if may(viewer, self.action):
            raise NoSuchBusiness("There is no such business, or it is not yours to see; go back to your businesses")
        raise NotAllowed("Your role does not allow this; ask an agency admin")


def guard(action: Action) -> Any:
    """What a route (or a router) puts into its `dependencies`."""
    return Depends(Guard(action))


def ask_guards(request: Request) -> None:
    """Raise what the guards of the request's route would: for the errors that come before FastAPI asks them."""
    for action in guards(getattr(request.scope.get("route"), "dependencies", ())):
        Guard(action)(request)


def viewer_of(request: Request) -> Viewer | None:
    """Who sent this request; looked up once."""
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
