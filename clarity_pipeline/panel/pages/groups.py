"""Groups of businesses: made, named, filled and removed by people of the agency.

A group filters the list of businesses and says whom a rule is switched on for; a client learns of none.
"""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.connections.credentials import LONGEST_NAME
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.pages.doors import Text, Ticked, form_again, typed_again
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.transliteration import short_name_of
from clarity_pipeline.panel.web.rendering import render, see_other

router = APIRouter(include_in_schema=False, dependencies=[guard("manage_groups")])


@router.get("/groups")
def groups_page(request: Request, panel: ThePanel) -> Response:
    """All of them, and the form of a new one."""
    return render(request, "groups.html", problem=None, name="", groups=panel.home.groups.all(), names=_names(panel))


@router.post("/groups")
def make(request: Request, panel: ThePanel, viewer: SignedIn, name: Text = "") -> Response:
    """Make one, and go on to fill it; its short name is made from its name."""
    short = short_name_of(name) or ("group" if name.strip() else "")
    taken = {each.group_id for each in panel.home.groups.all()}
    number = 2
    free = short
    while free in taken:
        free, number = f"{short[:58]}-{number}", number + 1
    try:
        if not name.strip():
            raise NoName("A group needs a name, such as Key accounts")
        made = panel.home.groups.make(free, name=name, actor=viewer.actor)
    except ClarityPipelineError as error:
        again = typed_again(name, longest=LONGEST_NAME)
        return form_again(request, "groups.html", error, name=again, groups=panel.home.groups.all(), names=_names(panel))
    return see_other(request, f"/groups/{made.group_id}", notice="Made. Tick who is in it, and save.")


@router.get("/groups/{group_id}")
def group_page(request: Request, panel: ThePanel, group_id: str) -> Response:
    """One: its name, and who is in it."""
    group = panel.home.groups.get(group_id)
    return _page(request, panel, group_id, name=group.name, ticked=group.business_ids)


@router.post("/groups/{group_id}")
def change(
    request: Request, panel: ThePanel, viewer: SignedIn, group_id: str, businesses: Ticked, name: Text = "", do: Text = "save"
) -> Response:
    """Save its name and who is in it, or remove it."""
    was = panel.home.groups.get(group_id)
    if do == "remove":
        panel.home.groups.remove(group_id, actor=viewer.actor)
        return see_other(request, "/groups", notice=f"{was.name} is removed; its businesses, their rules and channels stay.")
    try:
        now = panel.home.groups.change(group_id, name=name, business_ids=businesses, actor=viewer.actor)
    except ClarityPipelineError as error:
        again = {"name": typed_again(name, longest=LONGEST_NAME), "ticked": tuple(businesses)}
        return form_again(request, "group.html", error, group=was, names=_names(panel), **again)
    return see_other(request, f"/groups/{group_id}", notice="Saved." if now != was else "Nothing has changed.", at="group")


class NoName(ClarityPipelineError):
    """Nothing was typed."""

    reason = "invalid_group"
    field = "name"


def _page(request: Request, panel: Panel, group_id: str, *, name: str, ticked: tuple[str, ...]) -> Response:
    group = panel.home.groups.get(group_id)
    return render(request, "group.html", problem=None, group=group, names=_names(panel), name=name, ticked=ticked)


def _names(panel: Panel) -> dict[str, str]:
    found = sorted(panel.home.connections.all(), key=lambda each: each.name.casefold())
    return {each.business_id: each.name for each in found}
