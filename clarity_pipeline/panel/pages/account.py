"""A viewer's own account: the password, and where they are signed in."""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.panel.guard import SignedIn, guard
from clarity_pipeline.panel.panel_rooms import ThePanel
from clarity_pipeline.panel.rendering import render, see_other

router = APIRouter(include_in_schema=False, dependencies=[guard("use_own_account")])


@router.get("/account")
def account_page(request: Request, panel: ThePanel, viewer: SignedIn) -> Response:
    """The account, and its sign-ins."""
    return render(request, "account.html", sign_ins=panel.sign_ins.of(viewer.user_id), problem=None)


@router.post("/account/sign-ins/{sign_in_id}/end")
def end_sign_in(request: Request, panel: ThePanel, viewer: SignedIn, sign_in_id: int) -> Response:
    """Sign one browser out."""
    panel.sign_ins.end_one(viewer.user_id, sign_in_id)
    return see_other(request, "/account", notice="That browser is signed out.")


@router.post("/account/sign-ins/end-others")
def end_others(request: Request, panel: ThePanel, viewer: SignedIn) -> Response:
    """Sign out everywhere else."""
    panel.sign_ins.end_all(viewer.user_id, but=viewer.sign_in_id)
    return see_other(request, "/account", notice="You are signed out everywhere else.")
