"""The form for who has forgotten their password; its answer is the same whoever asks, and a letter goes out behind it."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.background import BackgroundTask

from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.access.throttle import Throttled
from clarity_pipeline.panel.pages.doors import Text, TheCaller, form_again
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False, dependencies=[guard("enter")])

_PAGE = "forgotten.html"


@router.get("/sign-in/forgotten")
def forgotten_page(request: Request, panel: ThePanel) -> Response:
    """The form, or where no mail is set up what to do instead."""
    return render(request, _PAGE, email="", is_sent=False, is_possible=panel.resets.are_possible, problem=None)


@router.post("/sign-in/forgotten")
async def ask(request: Request, panel: ThePanel, caller: TheCaller, email: Text = "") -> Response:
    """Say that a letter is under way where there is such an account; look whether there is afterwards."""
    possible = await run_in_threadpool(lambda: panel.resets.are_possible)
    try:
        await run_in_threadpool(panel.resets.allow, caller)
    except Throttled as error:
        again = {"email": email[:254], "is_sent": False, "is_possible": possible}
        return await run_in_threadpool(form_again, request, _PAGE, error, **again)
    response = await run_in_threadpool(render, request, _PAGE, email="", is_sent=possible, is_possible=possible, problem=None)
    origin = panel.origin.of_request(request)
    response.background = BackgroundTask(panel.resets.send, email, caller=caller, origin=origin)
    return response
