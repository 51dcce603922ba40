"""The gallery of ready rules: what each would have said here, and its switch for this business, for some, or for all."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.pages.doors import Text, Ticked
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.views.rule_gallery import gallery
from clarity_pipeline.panel.views.wording import plural
from clarity_pipeline.panel.web.problems import status_of
from clarity_pipeline.panel.web.rendering import render, see_other
from clarity_pipeline.rules.book.rule_use import NobodyChosen, use_rules
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Businesses

router = APIRouter(include_in_schema=False)


@router.get("/businesses/{business_id}/rules/ready/all", dependencies=[guard("write_rules")])
def ready_rules(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """All of them, as they would have been here."""
    return _page(request, panel, viewer, business_id)


@router.post("/businesses/{business_id}/rules/ready/all", dependencies=[guard("write_rules")])
def use_ready_rules(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    business_id: str,
    rules: Ticked,
    businesses: Ticked,
    whom: Text = "this",
    group: Text = "",
    only: Text = "",
) -> Response:
    """Switch on those that are ticked, or the `only` one whose button was pressed: for this business, some, or every one."""
    panel.home.connections.get(business_id)
    named = {only} if only else set(rules)
    chosen = [each.rule for each in library() if each.rule.id in named]
    try:
        if len(chosen) < len(named):
            raise NobodyChosen("one of these rules is none of the ready ones; look at the list again")
        meant = _meant(panel, business_id, whom, panel.home.groups.businesses_of([group]) if whom == "group" else businesses)
        changes = use_rules(
            panel.home.state, chosen, businesses=meant, clock=panel.clock, actor=viewer.actor, author=viewer.actor
        )
    except ClarityPipelineError as error:
        said = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return _page(
            request,
            panel,
            viewer,
            business_id,
            status=status_of(error),
            problem=said,
            ticked=named,
            whom=whom,
            some=tuple(businesses),
            group=group,
        )
    new = sum(each.turn != "unchanged" for each in changes)
    whose = "every business" if meant == "all" else plural(len(meant), "business").replace("businesss", "businesses")
    words = f"{plural(new, 'rule')} switched on for {whose}; asked with the next daily sync." if new else "They were on already."
    return see_other(request, f"/businesses/{business_id}/rules", notice=words)


def _meant(panel: Panel, business_id: str, whom: str, named: Sequence[str]) -> Businesses:
    if whom == "every":
        return "all"
    if whom not in {"some", "group"}:
        return (business_id,)
    known = {each.business_id for each in panel.home.connections.all()}
    if not known.issuperset(named):
        raise NobodyChosen("one of these businesses is not connected; look at the list again")
    return tuple(dict.fromkeys(named))


def _page(
    request: Request,
    panel: Panel,
    viewer: Viewer,
    business_id: str,
    *,
    status: int = 200,
    problem: str | None = None,
    ticked: set[str] | None = None,
    whom: str = "this",
    some: tuple[str, ...] = (),
    group: str = "",
) -> Response:
    shown = gallery(panel.home, panel.trials, business_id)
    names = {each.business_id: each.name for each in panel.home.connections.all()}
    return render(
        request,
        "rule_gallery.html",
        status=status,
        gallery=shown,
        problem=problem,
        ticked=ticked or set(),
        whom=whom,
        some=some,
        group=group,
        groups=panel.home.groups.all(),
        names=names,
        **place_view(panel.home, viewer, business_id),
    )
