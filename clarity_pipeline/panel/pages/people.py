"""People, for agency admins: who may sign in, as what, to see which businesses; invites; who may no longer."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.invites import invite_path
from clarity_pipeline.panel.access.policy import ROLES, Role, Viewer
from clarity_pipeline.panel.access.users import InvalidAccount
from clarity_pipeline.panel.pages.account import Number
from clarity_pipeline.panel.pages.doors import Text, Ticked, form_again
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.web.rendering import render, see_other

router = APIRouter(include_in_schema=False, dependencies=[guard("manage_people")])

ROLE_NAMES: dict[Role, str] = {"agency_admin": "Agency admin", "agency_member": "Agency member", "client": "Client"}

_ROLES: dict[str, Role] = {role: role for role in ROLES}


@router.get("/people")
def people_page(request: Request, panel: ThePanel) -> Response:
    """Everybody, the open invites, and the form for another."""
    return render(request, "people.html", **_people(panel), **_EMPTY_FORM, problem=None, link=None)


@router.post("/people/invites")
async def invite(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    businesses: Ticked,
    email: Text = "",
    role: Text = "",
    present: Text = "",
) -> Response:
    """Make a link and show it, this once: only its hash is kept, so it is neither in a redirect nor in a notice."""
    try:
        if role == "agency_admin":
            await panel.own_account.need_fresh(viewer, present)
        make = partial(panel.invites.make, email, role=_role(role), business_ids=businesses, **_by(viewer))
        secret = await run_in_threadpool(make)
    except ClarityPipelineError as error:
        known = await run_in_threadpool(_people, panel)
        typed = {"email": email, "role": role, "chosen": businesses}
        return await run_in_threadpool(form_again, request, "people.html", error, **known, **typed, link=None)
    known = await run_in_threadpool(_people, panel)
    link = panel.origin.of_request(request) + invite_path(secret)
    return await run_in_threadpool(render, request, "people.html", **known, **_EMPTY_FORM, problem=None, link=link)


@router.post("/people/invites/{invite_id}/take-back")
def take_back(request: Request, panel: ThePanel, viewer: SignedIn, invite_id: Number) -> Response:
    """End an open invite."""
    panel.invites.take_back(invite_id, actor=viewer.actor)
    return see_other(request, "/people", notice="That invite is taken back.")


@router.get("/people/{user_id}")
def person_page(request: Request, panel: ThePanel, user_id: Number) -> Response:
    """One account, and what can be done with it."""
    return render(request, "person.html", **_person(panel, user_id), problem=None, link=None)


@router.post("/people/{user_id}/role")
async def change_role(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    user_id: Number,
    businesses: Ticked,
    role: Text = "",
    present: Text = "",
) -> Response:
    """Another role, or other businesses; in force from the next request of that person on."""
    try:
        if role == "agency_admin":
            await panel.own_account.need_fresh(viewer, present)
        change = partial(panel.accounts.set_role, user_id, _role(role), business_ids=businesses, actor=viewer.actor)
        user = await run_in_threadpool(change)
    except ClarityPipelineError as error:
        return await _person_again(request, panel, user_id, error)
    return see_other(request, f"/people/{user_id}", notice=f"{user.name} is {ROLE_NAMES[user.role].lower()} now.")


@router.post("/people/{user_id}/password-link")
async def password_link(request: Request, panel: ThePanel, viewer: SignedIn, user_id: Number, present: Text = "") -> Response:
    """A link with which that person sets a new password; shown this once. For an admin's it takes the viewer's password."""
    user = await run_in_threadpool(panel.accounts.get, user_id)
    try:
        if user.role == "agency_admin":
            await panel.own_account.need_fresh(viewer, present)
        secret = await run_in_threadpool(partial(panel.invites.make_for, user, **_by(viewer)))
    except ClarityPipelineError as error:
        return await _person_again(request, panel, user_id, error)
    link = panel.origin.of_request(request) + invite_path(secret)
    known = await run_in_threadpool(_person, panel, user_id)
    return await run_in_threadpool(render, request, "person.html", **known, problem=None, link=link)


@router.post("/people/{user_id}/address")
async def change_address(
    request: Request, panel: ThePanel, viewer: SignedIn, user_id: Number, email: Text = "", present: Text = ""
) -> Response:
    """Another address to sign in with; both are written to. It is who gets their links, so it takes the viewer's password."""
    before = await run_in_threadpool(panel.accounts.get, user_id)
    try:
        await panel.own_account.need_fresh(viewer, present)
        user = await run_in_threadpool(partial(panel.accounts.set_email, user_id, email, actor=viewer.actor))
    except ClarityPipelineError as error:
        return await _person_again(request, panel, user_id, error)
    if user.email != before.email:
        for address in (before.email, user.email):
            panel.account_letters.tell("address", user, to=address)
    return see_other(request, f"/people/{user_id}", notice=f"{user.name} signs in as {user.email}.")


@router.post("/people/{user_id}/second-factor/off")
async def take_second_factor(
    request: Request, panel: ThePanel, viewer: SignedIn, user_id: Number, present: Text = ""
) -> Response:
    """Take away the second factor of somebody who has lost it, after having asked them by another way whether it is they."""
    user = await run_in_threadpool(panel.accounts.get, user_id)
    try:
        await panel.own_account.need_fresh(viewer, present)
    except ClarityPipelineError as error:
        return await _person_again(request, panel, user_id, error)
    if await run_in_threadpool(panel.second_factors.take_away, user_id, actor=viewer.actor):
        panel.account_letters.tell("second_factor_off", user)
    return see_other(request, f"/people/{user_id}", notice=f"{user.name} signs in with the password alone.")


@router.post("/people/{user_id}/sign-ins/end")
def end_sign_ins(request: Request, panel: ThePanel, viewer: SignedIn, user_id: Number) -> Response:
    """Sign that person out wherever they are signed in."""
    user = panel.accounts.get(user_id)
    panel.sign_ins.end_all(user_id, by=viewer.actor)
    return see_other(request, f"/people/{user_id}", notice=f"{user.name} is signed out everywhere.")


@router.post("/people/{user_id}/disable")
def disable(request: Request, panel: ThePanel, viewer: SignedIn, user_id: Number) -> Response:
    """Let that person in no more, and out where they are in."""
    try:
        user = panel.accounts.disable(user_id, actor=viewer.actor)
    except ClarityPipelineError as error:
        return form_again(request, "person.html", error, **_person(panel, user_id), link=None)
    return see_other(request, f"/people/{user_id}", notice=f"{user.name} can no longer sign in.")


@router.post("/people/{user_id}/enable")
def enable(request: Request, panel: ThePanel, viewer: SignedIn, user_id: Number) -> Response:
    """Let that person in again."""
    user = panel.accounts.enable(user_id, actor=viewer.actor)
    return see_other(request, f"/people/{user_id}", notice=f"{user.name} can sign in again.")


_EMPTY_FORM: dict[str, Any] = {"email": "", "role": "agency_member", "chosen": []}


def _by(viewer: Viewer) -> dict[str, Any]:
    """Whose link it is, for the audit log and so that it ends with their being an admin."""
    return {"actor": viewer.actor, "invited_by": viewer.user_id}


def _people(panel: Panel) -> dict[str, Any]:
    return {
        "people": panel.accounts.all(),
        "invites": panel.invites.open_ones(),
        "businesses": panel.home.connections.all(),
        "roles": ROLE_NAMES,
    }


async def _person_again(request: Request, panel: Panel, user_id: int, error: ClarityPipelineError) -> Response:
    known = await run_in_threadpool(_person, panel, user_id)
    return await run_in_threadpool(form_again, request, "person.html", error, **known, link=None)


def _person(panel: Panel, user_id: int) -> dict[str, Any]:
    user, factor = panel.accounts.get(user_id), panel.second_factors.of(user_id)
    known = {"person": user, "chosen": user.business_ids, "has_second_factor": factor.is_on}
    return {**known, "businesses": panel.home.connections.all(), "roles": ROLE_NAMES}


def _role(text: str) -> Role:
    if text not in _ROLES:
        raise InvalidAccount("Choose a role: agency admin, agency member or client")
    return _ROLES[text]
