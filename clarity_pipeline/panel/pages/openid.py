"""The way to a provider of OpenID Connect and back. Where none is set both lead to the form."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.cookie import drop_flight, read_flight, set_flight
from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.pages.doors import TheCaller, form_again, on_from, own_path
from clarity_pipeline.panel.panel import ThePanel

router = APIRouter(include_in_schema=False, prefix="/sign-in/openid", dependencies=[guard("enter")])

_BACK = "/sign-in/openid/back"

Given = Annotated[str, Query(max_length=4096)]


@router.get("")
def depart(request: Request, panel: ThePanel, next: str = "/") -> Response:
    """Away; a link and no form, whose target a redirect may not leave (`form-action`)."""
    openid = panel.openid
    if openid is None:
        return RedirectResponse("/sign-in", 303)
    try:
        address, secret = openid.depart(panel.origin.of_request(request) + _BACK)
    except ClarityPipelineError as error:
        return form_again(request, "sign_in.html", error, email="", next=own_path(next))
    response = RedirectResponse(address, 303)
    set_flight(response, secret, next=own_path(next))
    return response


@router.get("/back")
async def arrive(
    request: Request, panel: ThePanel, caller: TheCaller, state: Given = "", code: Given = "", iss: str | None = None
) -> Response:
    """Back with a code, or without one where it was broken off."""
    openid, (secret, path) = panel.openid, read_flight(request)
    if openid is None:
        return RedirectResponse("/sign-in", 303)
    back = panel.origin.of_request(request) + _BACK
    try:
        found = await openid.arrive(secret, state=state, code=code, issuer=iss, redirect_uri=back, caller=caller)
    except ClarityPipelineError as error:
        response = await run_in_threadpool(form_again, request, "sign_in.html", error, email="", next=own_path(path))
    else:
        response = await on_from(request, own_path(path), found)
    drop_flight(response)
    return response
