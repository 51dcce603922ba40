"""A viewer's second factor: setting it up, its recovery codes, taking it away; each with a fresh password."""

from typing import Any

import segno
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from markupsafe import Markup

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.access.second_factors import RECOVERY_CODES
from clarity_pipeline.panel.pages.doors import Text, TheCaller, form_again
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.web.rendering import render, see_other

router = APIRouter(include_in_schema=False, prefix="/account/second-factor", dependencies=[guard("set_up_second_factor")])

_PAGE = "second_factor.html"


@router.get("")
def second_factor_page(request: Request, panel: ThePanel, viewer: SignedIn) -> Response:
    """How it is, and what can be done; the key only to who has given the password within ten minutes."""
    return render(request, _PAGE, **_known(panel, viewer), codes=(), problem=None)


@router.post("/begin")
async def begin(request: Request, panel: ThePanel, viewer: SignedIn, present: Text = "") -> Response:
    """Make a key and show it."""
    try:
        await panel.own_account.need_fresh(viewer, present)
        await run_in_threadpool(panel.second_factors.begin, viewer.user_id)
    except ClarityPipelineError as error:
        return await _again(request, panel, viewer, error)
    return see_other(request, "/account/second-factor")


@router.post("/confirm")
async def confirm(
    request: Request, panel: ThePanel, viewer: SignedIn, caller: TheCaller, code: Text = "", present: Text = ""
) -> Response:
    """Ask for it from now on; the recovery codes are shown with this answer and never again."""
    try:
        codes = await panel.own_account.confirm_second_factor(viewer, code, present=present, caller=caller)
    except ClarityPipelineError as error:
        return await _again(request, panel, viewer, error)
    return await _with_codes(request, panel, viewer, codes)


@router.post("/codes")
async def renew_codes(request: Request, panel: ThePanel, viewer: SignedIn, caller: TheCaller, present: Text = "") -> Response:
    """New recovery codes in place of the old ones."""
    try:
        codes = await panel.own_account.renew_codes(viewer, present=present, caller=caller)
    except ClarityPipelineError as error:
        return await _again(request, panel, viewer, error)
    return await _with_codes(request, panel, viewer, codes)


@router.post("/off")
async def take_away(request: Request, panel: ThePanel, viewer: SignedIn, caller: TheCaller, present: Text = "") -> Response:
    """Ask for none any more."""
    try:
        await panel.own_account.take_second_factor_away(viewer, present=present, caller=caller)
    except ClarityPipelineError as error:
        return await _again(request, panel, viewer, error)
    return see_other(request, "/account/second-factor", notice="Your second factor is taken away.")


async def _again(request: Request, panel: Panel, viewer: Viewer, error: ClarityPipelineError) -> Response:
    known = await run_in_threadpool(_known, panel, viewer)
    return await run_in_threadpool(form_again, request, _PAGE, error, **known, codes=())


async def _with_codes(request: Request, panel: Panel, viewer: Viewer, codes: list[str]) -> Response:
    known = await run_in_threadpool(_known, panel, viewer)
    return await run_in_threadpool(render, request, _PAGE, **known, codes=codes, problem=None)


def _known(panel: Panel, viewer: Viewer) -> dict[str, Any]:
    enrolment = panel.second_factors.begun(viewer.user_id) if panel.own_account.is_fresh(viewer) else None
    picture = "" if enrolment is None else _picture(enrolment.uri)
    factor = panel.second_factors.of(viewer.user_id)
    return {"factor": factor, "enrolment": enrolment, "picture": picture, "most_codes": RECOVERY_CODES}


def _picture(uri: str) -> Markup:
    """The QR code as markup of our own page: no other host ever sees the key."""
    drawn = segno.make(uri, error="m", micro=False).svg_inline(scale=5, light="#fff", dark="#000")
    return Markup(drawn)  # noqa: S704 - of numbers and fixed names: the address is in it as dots
