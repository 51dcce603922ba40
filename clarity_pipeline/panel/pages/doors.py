"""The ways in and out: sign in, accept an invite, sign out, stylesheets. Everything that anybody may ask for stands here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import AfterValidator
from starlette.exceptions import HTTPException

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.callers import Caller
from clarity_pipeline.panel.access.cookie import BROWSER, drop_cookie, read_cookie, set_browser, set_cookie
from clarity_pipeline.panel.access.front_door import Entered, Halfway
from clarity_pipeline.panel.access.guard import SignedIn, guard, viewer_of
from clarity_pipeline.panel.access.halfway import HalfwayOver
from clarity_pipeline.panel.access.sign_ins import browser_name
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.navigation import first_place
from clarity_pipeline.panel.web.assets import assets
from clarity_pipeline.panel.web.problems import headers_of, status_of
from clarity_pipeline.panel.web.rendering import render, render_plain
from clarity_pipeline.panel.web.resume import Resumed

router = APIRouter(include_in_schema=False)

CLEARED = '"cache", "storage"'
"""What a browser forgets at a sign-out; the sign of a known browser is a cookie and stays."""

_FOR_EVER = "public, max-age=31536000, immutable"


def _caller(request: Request) -> Caller:
    address = request.client.host if request.client else ""
    browser = browser_name(request.headers.get("user-agent", ""))
    return Caller(address, browser, read_cookie(request), read_cookie(request, BROWSER))


TheCaller = Annotated[Caller, Depends(_caller)]
"""A handler's parameter: who knocks at the front door."""


def _of_unicode(text: str) -> str:
    """A form may name a charset of its own, and some of those make halves of characters that nothing can store or hash."""
    text.encode()
    return text


OfUnicode = Annotated[str, AfterValidator(_of_unicode)]
"""A field of a form that is a model of its own."""

Text = Annotated[str, Form(), AfterValidator(_of_unicode)]
"""A handler's parameter: a field of a form."""

Ticked = Annotated[list[Annotated[str, AfterValidator(_of_unicode)]], Form(default_factory=list)]
"""A handler's parameter: the boxes of one name that are ticked, none among them."""


@router.get("/", dependencies=[guard("list_businesses")])
def start(viewer: SignedIn) -> Response:
    """What a person comes for."""
    return RedirectResponse(first_place(viewer), 303)


@router.get("/static/{digest}/{name}", dependencies=[guard("enter")])
def static_file(digest: str, name: str) -> Response:
    """A file of `static/`, for ever the same under its hash."""
    asset = assets().get(name)
    if asset is None or asset.digest != digest:
        raise HTTPException(404)
    return Response(asset.content, media_type=asset.media_type, headers={"cache-control": _FOR_EVER})


@router.get("/favicon.ico", dependencies=[guard("enter")])
def favicon() -> Response:
    """Asked for by every browser, whatever a page says."""
    return RedirectResponse(assets()["icon.svg"].path)


@router.get("/sign-in", dependencies=[guard("enter")])
def sign_in_page(request: Request, next: str = "/") -> Response:
    """The form; who is signed in already goes on."""
    if viewer_of(request) is not None:
        return RedirectResponse(own_path(next), 303)
    return render(request, "sign_in.html", email="", next=own_path(next), problem=None)


@router.post("/sign-in", dependencies=[guard("enter")])
async def sign_in(
    request: Request, panel: ThePanel, caller: TheCaller, email: Text = "", password: Text = "", next: Text = "/"
) -> Response:
    """Verify, and begin a sign-in under a new secret."""
    try:
        found = await panel.front_door.enter(email, password, caller=caller)
    except ClarityPipelineError as error:
        return await run_in_threadpool(form_again, request, "sign_in.html", error, email=email, next=onward(next))
    return await on_from(request, onward(next), found)


@router.post("/sign-in/code", dependencies=[guard("enter")])
async def second_step(
    request: Request, panel: ThePanel, caller: TheCaller, ticket: Text = "", code: Text = "", next: Text = "/"
) -> Response:
    """The second factor, after the password was right."""
    try:
        entered = await panel.front_door.finish(ticket, code, caller=caller)
    except HalfwayOver as error:
        return await run_in_threadpool(form_again, request, "sign_in.html", error, email="", next=onward(next))
    except ClarityPipelineError as error:
        return await run_in_threadpool(form_again, request, "second_step.html", error, ticket=ticket, next=onward(next))
    return go_in(onward(next), entered)


@router.get("/invite", dependencies=[guard("enter")])
def invite_page(request: Request, panel: ThePanel, code: str = "") -> Response:
    """The form behind a link; it is not used up by being looked at, as mail scanners do."""
    return render(request, "invite.html", code=code, invite=panel.invites.look(code), name="", problem=None)


@router.post("/invite", dependencies=[guard("enter")])
async def accept_invite(
    request: Request, panel: ThePanel, caller: TheCaller, code: Text = "", name: Text = "", password: Text = ""
) -> Response:
    """Make the account and sign in with it; the link is used up."""
    try:
        found = await panel.front_door.accept(code, name=name, password=password, caller=caller)
    except ClarityPipelineError as error:
        invite = await run_in_threadpool(panel.invites.look, code)
        return await run_in_threadpool(form_again, request, "invite.html", error, code=code, invite=invite, name=name)
    return await on_from(request, "/", found)


@router.post("/sign-out", dependencies=[guard("enter")])
def sign_out(request: Request, panel: ThePanel) -> Response:
    """End this browser's sign-in, whether it still was one or not."""
    panel.sign_ins.end(read_cookie(request))
    response = RedirectResponse("/sign-in", 303)
    drop_cookie(response)
    response.headers["clear-site-data"] = CLEARED
    return response


def form_again(request: Request, template: str, error: ClarityPipelineError, **context: object) -> Response:
    """The form once more, with what was typed (never a password) and what is wrong with it, at the field that it is about."""
    at = getattr(error, "field", None)
    response = render(request, template, status=status_of(error), problem=str(error), problem_at=at, **context)
    response.headers.update(headers_of(error))
    return response


def typed_again(text: str, *, longest: int) -> str:
    """What a form repeats of a field; nothing where it is longer than the field takes, as a token in the wrong one is."""
    return text if len(text) <= longest else ""


async def on_from(request: Request, path: str, found: Entered | Halfway) -> Response:
    """On to a page of ours, or to the form for the second factor."""
    if isinstance(found, Entered):
        return go_in(path, found)
    return await run_in_threadpool(render, request, "second_step.html", ticket=found.ticket, next=path, problem=None)


def go_in(path: str, entered: Entered) -> Response:
    """On to a page of ours, signed in anew; or to what was typed before the last sign-in ended."""
    response: Response = RedirectResponse(path, 303)
    if resumed := Resumed.read(path):
        to, back = own_path(resumed.to), own_path(resumed.back)
        response = render_plain("resume.html", status=200, to=to, back=back, fields=resumed.fields, typed=resumed.typed)
    set_cookie(response, entered.secret)
    set_browser(response, entered.browser)
    return response


def own_path(path: str) -> str:
    """A path of ours, whatever the link said: never another host's, and never a form that somebody else has filled in."""
    is_own = path.startswith("/") and path.isprintable() and not path.startswith("//") and "\\" not in path
    return path if is_own and Resumed.read(path) is None else "/"


def onward(path: str) -> str:
    """The same out of a form of ours, which no other site can send: it may have what was typed before a sign-in ended."""
    return path if Resumed.read(path) is not None else own_path(path)
