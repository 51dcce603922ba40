"""The way in and out: sign in, sign out, stylesheets. Everything that anybody may ask for stands here."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from clarity_pipeline.panel.assets import assets
from clarity_pipeline.panel.cookie import drop_cookie, read_cookie, set_cookie
from clarity_pipeline.panel.guard import guard, viewer_of
from clarity_pipeline.panel.panel_rooms import ThePanel
from clarity_pipeline.panel.rendering import render
from clarity_pipeline.panel.sign_ins import browser_name

router = APIRouter(include_in_schema=False)

_FOR_EVER = "public, max-age=31536000, immutable"
_WRONG = "E-mail address or password is wrong; try again, or ask an agency admin for an invite."


@router.get("/", dependencies=[guard("list_businesses")])
def start() -> Response:
    """What a person comes for."""
    return RedirectResponse("/businesses", 303)


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
        return RedirectResponse(_own_path(next), 303)
    return render(request, "sign_in.html", email="", next=_own_path(next), problem=None)


@router.post("/sign-in", dependencies=[guard("enter")])
async def sign_in(
    request: Request,
    panel: ThePanel,
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Verify, and begin a sign-in under a new secret."""
    known = await run_in_threadpool(panel.accounts.credentials, email)
    user_id, phc = known or (0, None)
    if not await panel.passwords.fits_in_turn(password, phc):
        return await run_in_threadpool(_again, request, email, next)
    secret = await run_in_threadpool(
        panel.sign_ins.begin,
        user_id,
        browser=browser_name(request.headers.get("user-agent", "")),
        instead_of=read_cookie(request),
    )
    response = RedirectResponse(_own_path(next), 303)
    set_cookie(response, secret)
    return response


@router.post("/sign-out", dependencies=[guard("enter")])
def sign_out(request: Request, panel: ThePanel) -> Response:
    """End this browser's sign-in, whether it still was one or not."""
    panel.sign_ins.end(read_cookie(request))
    response = RedirectResponse("/sign-in", 303)
    drop_cookie(response)
    return response


def _again(request: Request, email: str, onward: str) -> HTMLResponse:
    return render(request, "sign_in.html", status=401, email=email, next=_own_path(onward), problem=_WRONG)


def _own_path(path: str) -> str:
    """A path of ours, whatever the link said: never another host's."""
    is_own = path.startswith("/") and path.isprintable() and not path.startswith("//") and "\\" not in path
    return path if is_own else "/"
