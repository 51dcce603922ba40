"""A viewer's own account: the password, and where they are signed in."""

from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.pages.doors import Text, TheCaller, form_again, go_in, own_path
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.web.rendering import render, see_other

router = APIRouter(include_in_schema=False, dependencies=[guard("use_own_account")])

LONGEST_ZONE = 64
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""A row's number in a path; both databases can hold it."""


@router.get("/account")
def account_page(request: Request, panel: ThePanel, viewer: SignedIn) -> Response:
    """The account, and its sign-ins."""
    return render(request, "account.html", **_account(panel, viewer), problem=None, about="")


@router.post("/account/password")
async def change_password(
    request: Request, panel: ThePanel, viewer: SignedIn, caller: TheCaller, present: Text = "", new: Text = ""
) -> Response:
    """Set another password; every other browser is signed out, and this one gets a new secret."""
    try:
        entered = await panel.own_account.change_password(viewer, present=present, new=new, caller=caller)
    except ClarityPipelineError as error:
        known = await run_in_threadpool(_account, panel, viewer)
        return await run_in_threadpool(form_again, request, "account.html", error, **known, about="password")
    return go_in("/account", entered)


@router.post("/account/time-zone")
def change_time_zone(request: Request, panel: ThePanel, viewer: SignedIn, time_zone: Text = "") -> Response:
    """In which zone the viewer reads instants; dates of data stay UTC dates."""
    try:
        zone = panel.accounts.set_time_zone(viewer.user_id, time_zone).time_zone
    except ClarityPipelineError as error:
        typed = time_zone if len(time_zone) < LONGEST_ZONE else ""
        return form_again(request, "account.html", error, **_account(panel, viewer) | {"zone": typed}, about="time-zone")
    return see_other(request, "/account", notice=f"Times are shown in {zone or 'UTC'} from now on.", at="time-zone")


@router.post("/account/prove")
async def prove(request: Request, panel: ThePanel, viewer: SignedIn, present: Text = "", next: Text = "/") -> Response:
    """Take the password once more, and go back to where it was asked for: good for ten minutes."""
    try:
        await panel.own_account.prove(viewer, present)
    except ClarityPipelineError as error:
        return await run_in_threadpool(form_again, request, "prove.html", error, next=own_path(next))
    return see_other(request, own_path(next))


@router.post("/account/identities/unlink")
async def unlink(
    request: Request, panel: ThePanel, viewer: SignedIn, caller: TheCaller, issuer: Text = "", present: Text = ""
) -> Response:
    """Have a provider sign the viewer in no more; the provider is one of their own, or nothing is done."""
    try:
        await panel.own_account.unlink(viewer, issuer, present=present, caller=caller)
    except ClarityPipelineError as error:
        known = await run_in_threadpool(_account, panel, viewer)
        return await run_in_threadpool(form_again, request, "account.html", error, **known, about="identities")
    return see_other(request, "/account", notice="That account is unlinked, and you are signed out everywhere else.")


@router.post("/account/identities/allow")
async def allow_again(
    request: Request, panel: ThePanel, viewer: SignedIn, caller: TheCaller, issuer: Text = "", present: Text = ""
) -> Response:
    """Let it sign the viewer in again."""
    try:
        await panel.own_account.allow_again(viewer, issuer, present=present, caller=caller)
    except ClarityPipelineError as error:
        known = await run_in_threadpool(_account, panel, viewer)
        return await run_in_threadpool(form_again, request, "account.html", error, **known, about="identities")
    return see_other(request, "/account", notice="That account signs you in again.")


@router.post("/account/sign-ins/{sign_in_id}/end")
def end_sign_in(request: Request, panel: ThePanel, viewer: SignedIn, sign_in_id: Number) -> Response:
    """Sign one browser out."""
    panel.sign_ins.end_one(viewer.user_id, sign_in_id)
    return see_other(request, "/account", notice="That browser is signed out.")


@router.post("/account/sign-ins/end-others")
def end_others(request: Request, panel: ThePanel, viewer: SignedIn) -> Response:
    """Sign out everywhere else."""
    panel.sign_ins.end_all(viewer.user_id, but=viewer.sign_in_id)
    return see_other(request, "/account", notice="You are signed out everywhere else.")


@router.post("/account/sign-ins/end-all")
def end_all(request: Request, panel: ThePanel, viewer: SignedIn) -> Response:
    """Sign out everywhere, here too."""
    panel.sign_ins.end_all(viewer.user_id)
    return see_other(request, "/sign-in")


@cache
def zones() -> tuple[str, ...]:
    """Names that people know, by region and city, for the list behind the field."""
    return tuple(sorted(each for each in available_timezones() if "/" in each and not each.startswith(("Etc/", "SystemV/"))))


def _account(panel: Panel, viewer: Viewer) -> dict[str, Any]:
    return {
        "sign_ins": panel.sign_ins.of(viewer.user_id),
        "factor": panel.second_factors.of(viewer.user_id),
        "identities": panel.identities.of(viewer.user_id),
        "zone": viewer.time_zone or "",
        "zones": zones(),
    }
