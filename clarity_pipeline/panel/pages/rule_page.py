"""One rule at one business: what it says and why, its last 90 days, how it was before; on and off, and back again."""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer, may
from clarity_pipeline.panel.pages.doors import Text
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.views.rule_lookup import rule_at
from clarity_pipeline.panel.views.rule_page import as_seen, asked_day, past, revisions, why
from clarity_pipeline.panel.web.problems import status_of
from clarity_pipeline.panel.web.rendering import render, see_other
from clarity_pipeline.rules.book.rule_revisions import restore_rule
from clarity_pipeline.rules.book.rule_store import UnknownRule
from clarity_pipeline.rules.book.rule_use import leave_rule, use_rules
from clarity_pipeline.rules.language.rule_files import write_rules
from clarity_pipeline.rules.language.sentence import sentence

router = APIRouter(include_in_schema=False)

_YAML = "text/yaml; charset=utf-8"


@router.get("/businesses/{business_id}/rules/{rule_id}", dependencies=[guard("see_business")])
def rule_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, rule_id: str, day: str = "") -> Response:
    """A stored rule that is meant for the business; for the agency also a ready one, which nobody has switched on yet."""
    return _page(request, panel, viewer, business_id, rule_id, day=day)


@router.post("/businesses/{business_id}/rules/{rule_id}", dependencies=[guard("write_rules")])
def switch_rule(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    business_id: str,
    rule_id: str,
    do: Text = "",
    revision: Text = "",
    present: Text = "",
) -> Response:
    """On or off for this business, or back to an earlier state."""
    stored, rule = rule_at(panel, viewer, business_id, rule_id)
    here = f"/businesses/{business_id}/rules/{rule_id}"
    state, clock, who = panel.home.state, panel.clock, viewer.actor
    try:
        if do == "on":
            use_rules(state, [rule], businesses=(business_id,), clock=clock, actor=who, author=who)
            notice = "Switched on here; it is asked with the next daily sync."
        elif do == "off":
            every = [each.business_id for each in panel.home.connections.all()]
            leave_rule(state, rule_id, business_id=business_id, every=every, clock=clock, actor=who, author=who)
            here, notice = f"/businesses/{business_id}/rules", f"{rule.name} is switched off here. What it has told is kept."
        elif do == "restore" and stored is not None:
            earlier = {"revision": _number(revision), "present": _number(present)}
            restore_rule(state, rule_id, **earlier, clock=clock, actor=who, author=who)
            notice = f"It is again as it was at revision {_number(revision)}."
        else:
            raise UnknownRule("That is nothing that can be done to a rule; look at it again")
    except ClarityPipelineError as error:
        said = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return _page(request, panel, viewer, business_id, rule_id, status=status_of(error), problem=said)
    return see_other(request, here, notice=notice)


@router.get("/businesses/{business_id}/rules/{rule_id}/yaml", dependencies=[guard("write_rules")])
def rule_as_yaml(panel: ThePanel, viewer: SignedIn, business_id: str, rule_id: str) -> Response:
    """The rule as a file."""
    _, rule = rule_at(panel, viewer, business_id, rule_id)
    headers = {"content-disposition": f'attachment; filename="{rule.id}.yaml"'}
    return Response(write_rules([rule]), media_type=_YAML, headers=headers)


def _page(
    request: Request,
    panel: Panel,
    viewer: Viewer,
    business_id: str,
    rule_id: str,
    *,
    day: str = "",
    status: int = 200,
    problem: str | None = None,
) -> Response:
    stored, rule = rule_at(panel, viewer, business_id, rule_id)
    names = {each.business_id: each.name for each in panel.home.connections.all()} if viewer.is_agency else {}
    names.setdefault(business_id, panel.home.connections.get(business_id).name)
    yesterday = panel.home.yesterday()
    on = asked_day(day, yesterday=yesterday)
    return render(
        request,
        "rule_page.html",
        status=status,
        problem=problem,
        rule=rule,
        stored=stored,
        is_on=stored is not None and stored.rule.concerns(business_id),
        sentence=sentence(as_seen(rule, business_id, is_agency=viewer.is_agency), names=names),
        why=why(panel, rule, business_id, on, is_stored=stored is not None),
        past=past(panel, rule, business_id),
        revisions=revisions(panel, stored, names) if stored is not None and viewer.is_agency else (),
        may_write=may(viewer, "write_rules"),
        yesterday=yesterday,
        **place_view(panel.home, viewer, business_id),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
