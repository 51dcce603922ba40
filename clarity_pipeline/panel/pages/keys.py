"""Keys of programs, for agency admins: which there are, a form for another one, which is shown once, and the end of one."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.connections.api_keys import DAYS, MOST_DAYS, SCOPES, InvalidApiKey, Scope, Wanted
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.pages.doors import Text, Ticked, form_again
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.web.rendering import render, see_other

router = APIRouter(include_in_schema=False, dependencies=[guard("manage_keys")])

SCOPES_IN_WORDS: dict[Scope, str] = {
    "read": "Read what the businesses have: status, numbers, alerts, markers",
    "markers": "Say that something was changed, such as a deployment",
}

_TONES = {"active": "good", "expired": "off", "revoked": "off"}


@router.get("/keys")
def keys_page(request: Request, panel: ThePanel) -> Response:
    """All of them, and the form for another."""
    return render(request, "keys.html", **_keys(panel), **_EMPTY_FORM, problem=None, key=None)


@router.post("/keys")
async def make_key(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    scopes: Ticked,
    businesses: Ticked,
    name: Text = "",
    days: Text = "",
    which: Text = "",
    present: Text = "",
) -> Response:
    """Make a key and show it, this once: only its hash is kept, so it is neither in a redirect nor in a notice.

    It outlasts the sign-in, so the password is asked for anew.
    """
    try:
        if which == "all" and businesses:
            raise InvalidApiKey("Tick all businesses, or those that the key is for, and not both")
        own = None if which == "all" else businesses
        wanted = Wanted(name=name, scopes=scopes, business_ids=own, days=_number(days))
        await panel.own_account.need_fresh(viewer, present)
        key, _ = await run_in_threadpool(partial(panel.api_keys.make, wanted, actor=viewer.actor))
    except ClarityPipelineError as error:
        typed = {"name": name, "days": days, "which": which, "chosen_scopes": scopes, "chosen": businesses}
        known = await run_in_threadpool(_keys, panel)
        return await run_in_threadpool(form_again, request, "keys.html", error, **known, **typed, key=None)
    known = await run_in_threadpool(_keys, panel)
    return await run_in_threadpool(render, request, "keys.html", **known, **_EMPTY_FORM, problem=None, key=key)


@router.post("/keys/{prefix}/revoke")
def revoke_key(request: Request, panel: ThePanel, viewer: SignedIn, prefix: str) -> Response:
    """End a key, from the next request on."""
    found = panel.api_keys.revoke(prefix, actor=viewer.actor)
    return see_other(request, "/keys", notice=f"The key {found.prefix} ({found.name}) opens nothing any more.")


_EMPTY_FORM: dict[str, Any] = {"name": "", "days": str(DAYS), "which": "", "chosen_scopes": ["read"], "chosen": []}


def _keys(panel: Panel) -> dict[str, Any]:
    now = panel.clock()
    return {
        "keys": [(each, each.state(now), _TONES[each.state(now)]) for each in panel.api_keys.all()],
        "businesses": panel.home.connections.all(),
        "scopes": {scope: SCOPES_IN_WORDS[scope] for scope in SCOPES},
        "most_days": MOST_DAYS,
    }


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        raise InvalidApiKey(f"A key is valid for 1 to {MOST_DAYS} days; write a number")
    return int(text)
