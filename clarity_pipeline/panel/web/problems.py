"""How the panel says no: one table from reason to status and words, as a page for people and as RFC 9457 for programs.

Called by `app`, `body_size` and `origin`. Core errors say what to do at a command line; where that is no help in a
browser the table has words of its own. Nothing of the request is repeated, least of all a value that was not valid: it may be a
token in the wrong field.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from clarity_pipeline.connections.sharing import SharedProject
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import ask_guards, viewer_of
from clarity_pipeline.panel.web.rendering import render, render_plain
from clarity_pipeline.panel.web.resume import Resumed, own_address, page_behind

_LONGEST_UNKNOWN_NAME = 19

PROBLEMS_PATH = "/api/v1/problems"


@dataclass(frozen=True, slots=True)
class Kind:
    """A reason's status, its title, and, where the error's own words do not fit a browser, a sentence in their place."""

    status: int
    title: str
    detail: str | None = None


KINDS: dict[str, Kind] = {
    "invalid_request": Kind(422, "The request is not as it must be", "See `errors` for each field, and the OpenAPI document."),
    "two_framings": Kind(400, "Framed in two ways", "The request says its length in two ways; send one of them."),
    "invalid_token": Kind(422, "That is no API token"),
    "invalid_business": Kind(422, "That cannot be stored"),
    "invalid_account": Kind(422, "That account cannot be"),
    "invalid_api_key": Kind(422, "That key cannot be made"),
    "invalid_marker": Kind(422, "That change cannot be marked"),
    "weak_password": Kind(422, "That password is too weak"),
    "wrong_password": Kind(422, "That is not your password"),
    "wrong_code": Kind(422, "That is not the code"),
    "openid_failed": Kind(401, "That sign-in did not work"),
    "not_invited": Kind(403, "Nobody has invited you"),
    "halfway_over": Kind(410, "That took too long"),
    "token_rejected": Kind(422, "Clarity rejects the token", "Clarity rejects the token: generate a new one and paste it here."),
    "not_signed_in": Kind(401, "Sign in first"),
    "invalid_key": Kind(401, "That key opens nothing"),
    "wrong_credentials": Kind(401, "Address or password is wrong"),
    "second_factor_owed": Kind(403, "A second factor first"),
    "last_way_in": Kind(409, "The only way in"),
    "not_allowed": Kind(403, "Not allowed"),
    "cross_origin": Kind(403, "From another site", "The request came from another site; open the panel itself and try again."),
    "unknown_business": Kind(
        404, "No such business", "There is no such business, or it is not yours to see; go back to your businesses."
    ),
    "unknown_marker": Kind(404, "No such marker", "There is no such marker of this business, or it was removed."),
    "unknown_rule": Kind(404, "No such rule", "There is no such rule of this business; go back to its rules."),
    "known_rule": Kind(409, "The short name is taken"),
    "rule_changed": Kind(409, "Somebody has changed it"),
    "rules_invalid": Kind(422, "That is no rule"),
    "nothing_published": Kind(409, "No numbers are published yet"),
    "trials_busy": Kind(503, "Others try rules at the moment"),
    "unknown_api_key": Kind(404, "No such key"),
    "unknown_alert": Kind(404, "No such alert", "There is no such alert, or it is not yours to see; go back to the alerts."),
    "invalid_answer": Kind(422, "That cannot be kept"),
    "invalid_silence": Kind(422, "That is no silence"),
    "invalid_channel": Kind(422, "That cannot be a channel"),
    "bad_webhook_url": Kind(422, "That address cannot be posted to"),
    "bad_signing_secret": Kind(422, "That is no signing secret"),
    "invalid_group": Kind(422, "That cannot be a group"),
    "empty_group": Kind(422, "Nobody is in that group"),
    "unknown_group": Kind(404, "No such group", "There is no such group, or it was removed; go back to the groups."),
    "unknown_channel": Kind(404, "No such channel", "There is no such channel, or it was removed; go back to the channels."),
    "channel_busy": Kind(409, "A test is under way"),
    "nothing_to_resend": Kind(409, "Nothing to send again"),
    "unknown_account": Kind(404, "No such account"),
    "not_found": Kind(404, "Nothing is here", "There is no such page; go back to the start."),
    "method_not_allowed": Kind(405, "Not that way", "This address does not take that method; see the OpenAPI document."),
    "nothing_held_back": Kind(409, "Nothing is held back", "No answer of this business waits to be said meant."),
    "known_business": Kind(409, "The name is taken"),
    "changed_meanwhile": Kind(409, "Somebody else has saved meanwhile"),
    "shared_project": Kind(
        409,
        "That project is connected already",
        "The token is of a Clarity project that is connected for another business already: use one of this site's own project.",
    ),
    "token_missing": Kind(409, "No token is stored", "No token is stored for this business: paste one and save it first."),
    "capture_busy": Kind(409, "Clarity is being asked already", "A fetch for this business is under way; try again in a minute."),
    "last_admin": Kind(409, "The only admin"),
    "demo_home": Kind(409, "This is a demo"),
    "invite_over": Kind(410, "This invite is over"),
    "too_large": Kind(413, "Too large", "The request is larger than anything that the panel takes; send less."),
    "wrong_host": Kind(421, "Not the address of this panel", "Open the panel at its own address (CLARITY_PANEL_ORIGIN)."),
    "quota_spent": Kind(429, "No call is left for this"),
    "rate_limited": Kind(429, "Too many requests"),
    "throttled": Kind(429, "Too many tries"),
    "answer_malformed": Kind(502, "Clarity answered with something else"),
    "clock_disagrees": Kind(502, "Clarity's clock says another time"),
    "redirected": Kind(502, "Clarity's address sends elsewhere"),
    "bad_request": Kind(502, "Clarity does not understand us"),
    "secret_unreadable": Kind(
        503,
        "The stored token cannot be read",
        "The stored token does not open with the panel's key: save a fresh token, or have the agency give back the key.",
    ),
    "state_unavailable": Kind(503, "The database does not answer", "The database does not answer; try again in a moment."),
    "unavailable": Kind(503, "Clarity does not answer", "Clarity does not answer; try again in some minutes."),
    "too_close_to_midnight": Kind(503, "Just before 00:00 UTC"),
    "internal_error": Kind(500, "Something went wrong", "Something went wrong here, and was noted; try again."),
}
"""Reasons that are not here are 500 with the error's own words."""

_OF_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 400: "invalid_request", 422: "invalid_request"}


def install(app: FastAPI) -> None:
    """Answer every error of the app this way."""
    app.add_exception_handler(ClarityPipelineError, _of_error_with_its_form)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


def refusal(request: Request, reason: str, *, detail: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """The answer for a reason, in the language of whoever asked."""
    kind = KINDS.get(reason, Kind(500, "Something is in the way"))
    words = kind.detail or detail or kind.title
    if not request.scope["path"].startswith("/api/"):
        return render_plain("error.html", status=kind.status, headers=headers, title=kind.title, detail=words)
    return problem(reason, kind, detail=words, headers=headers)


def status_of(error: ClarityPipelineError) -> int:
    """The HTTP status of an error's reason."""
    return KINDS[error.reason].status if error.reason in KINDS else 500


def headers_of(error: ClarityPipelineError) -> dict[str, str]:
    """What an error brings along for the answer, such as `Retry-After`."""
    return dict(getattr(error, "headers", {}))


def problem(reason: str, kind: Kind, *, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """An `application/problem+json` document; `reason` is the stable code that programs compare."""
    document = {
        "type": f"{PROBLEMS_PATH}/{reason}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "reason": reason,
        **more,
    }
    return JSONResponse(document, kind.status, headers, media_type="application/problem+json")


def _of_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClarityPipelineError)  # noqa: S101 - how it is registered
    is_page = not request.scope["path"].startswith("/api/")
    if error.reason == "not_signed_in" and is_page:
        return _to_the_door(request)
    if error.reason == "second_factor_owed" and is_page:
        return RedirectResponse("/account/second-factor", HTTPStatus.SEE_OTHER)
    headers = headers_of(error)
    if isinstance(error, SharedProject) and not is_page and (viewer := viewer_of(request)) and viewer.is_agency:
        kind = KINDS[error.reason]
        return problem(error.reason, kind, detail=str(kind.detail), others=list(error.others))
    if error.reason == "not_signed_in":
        headers["www-authenticate"] = 'Session realm="clarity", Bearer realm="clarity"'
    if error.reason == "invalid_key":
        headers["www-authenticate"] = 'Bearer realm="clarity", error="invalid_token"'
    return refusal(request, error.reason, detail=str(error), headers=headers)


async def _of_error_with_its_form(request: Request, error: Exception) -> Response:
    """The same; a form that comes without a sign-in is read first, so that what was typed can go along."""
    is_sent = request.method == "POST" and not request.scope["path"].startswith("/api/")
    if is_sent and getattr(error, "reason", None) == "not_signed_in":
        request.state.form = (await request.form()).multi_items()
    return await run_in_threadpool(_of_error, request, error)


def _to_the_door(request: Request) -> Response:
    """A sign-in that leads back: to the page that was asked for, or the one that a form was on, with what was typed in it.

    A page of its own also where htmx asked for a part: it stood under the header of whoever was signed in before.
    """
    back = page_behind(request) if request.method == "POST" or "hx-request" in request.headers else own_address(request)
    resumed = Resumed.of(own_address(request), back, getattr(request.state, "form", ()))
    if request.method == "POST" and resumed.typed:
        page = render(request, "sign_in.html", status=401, email="", next=resumed.next, problem=None, has_typed=True)
        if "hx-request" in request.headers:
            page.headers.update({"hx-retarget": "body", "hx-reswap": "innerHTML", "hx-reselect": "body > *"})
        return page
    address = f"/sign-in?{urlencode({'next': back})}"
    if "hx-request" in request.headers:
        return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"hx-redirect": address})
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - how it is registered
    if (refused := _refused(request)) is not None:
        return _of_error(request, refused)
    if not request.scope["path"].startswith("/api/"):
        if (
            request.method == "GET"
            and any(each["loc"][0] == "path" for each in error.errors())
            and (page := _page_above(request))
        ):
            return RedirectResponse(page, HTTPStatus.SEE_OTHER)
        return refusal(request, "invalid_request")
    kind = KINDS["invalid_request"]
    errors = [{"field": _field(each), "problem": each["msg"]} for each in error.errors()]
    return problem("invalid_request", kind, detail=str(kind.detail), errors=errors)


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - how it is registered
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET" and (page := _page_above(request)):
        return RedirectResponse(page, HTTPStatus.SEE_OTHER)
    if error.status_code == HTTPStatus.BAD_REQUEST and (refused := _refused(request)) is not None:
        return _of_error(request, refused)
    reason = _OF_STATUS.get(error.status_code, "internal_error" if error.status_code >= 500 else "invalid_request")
    return refusal(request, reason, headers=dict(error.headers or {}))


def _page_above(request: Request) -> str | None:
    """The page that a form's own address belongs to, for who reloads the answer to a form that was refused."""
    path = request.scope["path"]
    while not path.startswith("/api/") and (path := path.rpartition("/")[0] or "/") != "/":
        scope = {**request.scope, "path": path, "raw_path": path.encode()}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return quote(path)
    return None if request.scope["path"].startswith("/api/") else "/"


def _refused(request: Request) -> ClarityPipelineError | None:
    """FastAPI reads a body before it asks the guards: who may not send one is told that and nothing of what is in it."""
    try:
        ask_guards(request)
    except ClarityPipelineError as error:
        return error
    return None


def _field(error: Any) -> str:
    """Where it stands; a name that is not of our own document is repeated only where it is too short for a token."""
    *place, last = (str(each) for each in error["loc"])
    is_ours = error["type"] != "extra_forbidden"
    is_repeated = is_ours or (last.isidentifier() and len(last) <= _LONGEST_UNKNOWN_NAME)
    return ".".join([*place, last] if is_repeated else place)
