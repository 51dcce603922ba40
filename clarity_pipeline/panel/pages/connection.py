"""The Connection place of a business, and what its card does. A client has the same card, and a smaller share of the tests.

Every form answers with a redirect to the place, so that a reload sends nothing again; one that is refused comes back with what
was typed, except a token, which no page ever shows.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.credentials import LONGEST_NAME, LONGEST_PROJECT_ID
from clarity_pipeline.connections.site import LONGEST_SITE, checked_hosts
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.pages.doors import OfUnicode, Text, form_again, typed_again
from clarity_pipeline.panel.pages.meanwhile import ChangedMeanwhile, Given, changed
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.connection_view import connection_view
from clarity_pipeline.panel.views.connection_words import hints_worded, in_browser, seen, tested, waiting
from clarity_pipeline.panel.web.problems import KINDS, headers_of, status_of
from clarity_pipeline.panel.web.rendering import render, see_other
from clarity_pipeline.upkeep.sites import accept, say_site

router = APIRouter(include_in_schema=False)


Part = Literal["update", "test", "accept", "sync", "totals"]
"""What of the card has a button of its own, and an answer beside it."""


class _Sent(BaseModel):
    """The form of the connection card; `shown_...` is what it was made with, None where it does not say."""

    name: OfUnicode = ""
    project_id: OfUnicode = ""
    token: OfUnicode = ""
    site: OfUnicode = ""
    allow_shared: OfUnicode = ""
    shown_name: OfUnicode | None = None
    shown_project_id: OfUnicode | None = None
    shown_site: OfUnicode | None = None
    shown_token: OfUnicode | None = None


@router.get("/businesses/{business_id}/connection", dependencies=[guard("see_business")])
def connection_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """The settings, the day's calls, the sync jobs."""
    return render(request, "connection.html", problem=None, **_view(panel, viewer, business_id))


@router.post("/businesses/{business_id}/update", dependencies=[guard("change_connection")])
def update(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    business_id: str,
    sent: Annotated[_Sent, Form()],
) -> Response:
    """Store what was changed; an empty token field leaves the token as it is."""
    connections = panel.home.connections
    shared = bool(sent.allow_shared) and viewer.is_agency
    try:
        parsed = Token.parse(sent.token) if sent.token.strip() else None
        stored = connections.get(business_id)
        wanted = changed(_fields(sent, stored))
        hosts = checked_hosts([sent.site]) if sent.site.strip() and viewer.is_agency and "site" in wanted else None
        alone = stored.has_imports_alone and not sent.project_id.strip()
        given: dict[str, Any] = {
            "project_id": None if alone else wanted.get("project_id"),
            "token": parsed,
            "allow_shared": shared,
        }
        hints = connections.check(business_id, **given)
        connections.update(
            business_id,
            **given,
            name=wanted.get("name"),
            unless=lambda now: _must_be_the_same(sent, now, wanted),
            actor=viewer.actor,
        )
        released = _say_site(panel, viewer, business_id, hosts)
    except ClarityPipelineError as error:
        told = in_browser(panel, viewer, error)
        typed = {
            "name": typed_again(sent.name, longest=LONGEST_NAME),
            "project_id": typed_again(sent.project_id, longest=LONGEST_PROJECT_ID),
            "site": typed_again(sent.site, longest=LONGEST_SITE),
        }
        view = _view(panel, viewer, business_id) | {"typed": typed, "is_shared": error.reason == "shared_project"}
        return form_again(request, "connection.html", told, **view)
    stored_words = "The new token is stored; no call was made." if parsed else "Saved."
    return _back(request, business_id, stored_words + released + hints_worded(hints, viewer), at="update")


def _must_be_the_same(sent: _Sent, stored: Business, wanted: Mapping[str, str]) -> None:
    """Compare once more with what is stored as it is changed: two who save at the same instant both see the other's."""
    if changed(_fields(sent, stored)) != wanted:
        raise ChangedMeanwhile("Somebody else has saved at the same instant; look, and press Update again", field="name")


def _fields(sent: _Sent, stored: Business) -> dict[str, Given]:
    """The fields as they were shown, came back and are stored; one that a client has not, or that was emptied, is as it was.

    A site that was learned counts as changed: who saves it says that it is right.
    """
    shown = shown_values(stored)
    learned = stored.site is not None and stored.site.is_learned
    return {
        "name": Given("name", sent.shown_name, _one_line(sent.name) or sent.shown_name or "", shown["name"]),
        "project_id": Given("project ID", sent.shown_project_id, sent.project_id.strip(), shown["project_id"]),
        "site": Given("site", None if learned else sent.shown_site, _one_line(sent.site) or sent.shown_site or "", shown["site"]),
        "token": Given("token", sent.shown_token, sent.token.strip(), shown["token"], is_secret=True),
    }


def shown_values(business: Business) -> dict[str, str]:
    """What the form is made with."""
    return {
        "name": business.name,
        "project_id": business.project_id or "",
        "site": " ".join(business.site.hosts) if business.site else "",
        "token": business.token_hint or "",
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())


@router.post("/businesses/{business_id}/accept", dependencies=[guard("say_site")])
def accept_held_back(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """Say that answers of another site are meant."""
    try:
        released = accept(panel.home, business_id, actor=viewer.actor)
    except ClarityPipelineError as error:
        return _refused(request, viewer, business_id, error, at="accept")
    return _back(request, business_id, f"The site is {released.business.site}.{waiting(released)}", at="accept")


@router.post("/businesses/{business_id}/test", dependencies=[guard("test_connection")])
async def try_token(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, calls_shown: Text = "") -> Response:
    """Make one call, and say what came of it and what it took; the second press of a double click joins the first."""
    shown = int(calls_shown) if re.fullmatch(r"[0-9]{1,2}", calls_shown) else None
    try:
        done = await panel.verifier.verify(viewer, business_id, calls_shown=shown)
    except ClarityPipelineError as error:
        return await run_in_threadpool(_refused, request, viewer, business_id, error, at="test")
    said, is_problem = tested(done, viewer) + seen(done, viewer), done.error is not None
    return await run_in_threadpool(_back, request, business_id, said, at="test", is_problem=is_problem)


@router.post("/businesses/{business_id}/sync", dependencies=[guard("switch_sync")])
def switch_sync(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, enabled: Text = "") -> Response:
    """Resume or pause the daily sync."""
    on = enabled == "true"
    switch = panel.home.connections.enable if on else panel.home.connections.disable
    try:
        switch(business_id, actor=viewer.actor)
    except ClarityPipelineError as error:
        return _refused(request, viewer, business_id, error, at="sync")
    off = "The daily sync is paused. Nothing is fetched until it is switched on again."
    return _back(request, business_id, "The daily sync is on." if on else off, at="sync")


@router.post("/businesses/{business_id}/totals", dependencies=[guard("switch_totals")])
def switch_totals(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, enabled: Text = "") -> Response:
    """Ask for the totals too, or no more."""
    wanted = enabled == "true"
    try:
        panel.home.connections.update(business_id, totals=wanted, actor=viewer.actor)
    except ClarityPipelineError as error:
        return _refused(request, viewer, business_id, error, at="totals")
    on = "The totals are on: the next daily sync makes one call more. The site's own numbers lead once every date shown has them."
    return _back(request, business_id, on if wanted else "The totals are off. What they told so far is kept.", at="totals")


@router.get("/businesses/{business_id}/disconnect", dependencies=[guard("disconnect")])
def disconnect_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """Ask once more."""
    return render(request, "disconnect.html", **connection_view(panel.home, viewer, business_id))


@router.post("/businesses/{business_id}/disconnect", dependencies=[guard("disconnect")])
def disconnect(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """Forget the token; the history stays."""
    panel.home.connections.disconnect(business_id, actor=viewer.actor)
    return _back(request, business_id, "Disconnected. The token is gone; everything that was measured is kept.")


def _form_page(business_id: str) -> Response:
    """For who reloads the answer to a form that was refused: the card again."""
    return RedirectResponse(f"/businesses/{business_id}/connection", 303)


for _form in ("update", "accept", "test", "sync", "totals"):
    router.add_api_route(
        f"/businesses/{{business_id}}/{_form}", _form_page, methods=["GET"], dependencies=[guard("see_business")]
    )


def _say_site(panel: Panel, viewer: Viewer, business_id: str, hosts: tuple[str, ...] | None) -> str:
    """Store which site it has where that is another than before; what follows, in words."""
    site = panel.home.connections.get(business_id).site
    if hosts is None or (site is not None and site.hosts == hosts and not site.is_learned):
        return ""
    return waiting(say_site(panel.home, business_id, hosts, actor=viewer.actor))


def _view(panel: Panel, viewer: Viewer, business_id: str) -> dict[str, Any]:
    view = connection_view(panel.home, viewer, business_id)
    shown = shown_values(view["business"])
    return view | {"typed": shown, "shown": shown, "is_shared": False, "parts": get_args(Part)}


class _InPart(ClarityPipelineError):
    """A refusal as a page says it, in the part of the card that was pressed."""

    def __init__(self, error: ClarityPipelineError, *, field: Part) -> None:
        kind = KINDS.get(error.reason)
        super().__init__(kind.detail if kind and kind.detail else str(error))
        self.field, self.headers = field, headers_of(error)


def _refused(request: Request, viewer: Viewer, business_id: str, error: ClarityPipelineError, *, at: Part) -> Response:
    view = _view(request.app.state.panel, viewer, business_id)
    response = form_again(request, "connection.html", _InPart(error, field=at), **view)
    response.status_code = status_of(error)
    return response


def _back(request: Request, business_id: str, notice: str, *, at: Part | None = None, is_problem: bool = False) -> Response:
    place = f"/businesses/{business_id}/connection"
    return see_other(request, place, notice=notice, at=at, is_problem=is_problem)
