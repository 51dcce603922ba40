"""All rules of a business as one YAML text, out and in again: what `rules export` writes and `rules import` reads."""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.pages.doors import Text
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.views.rule_lookup import rules_seen
from clarity_pipeline.panel.views.wording import plural
from clarity_pipeline.panel.web.rendering import render, see_other
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import RulesInvalid, read_rules, write_rules

router = APIRouter(include_in_schema=False)


@router.get("/businesses/{business_id}/rules/file/yaml", dependencies=[guard("write_rules")])
def rules_as_yaml(panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """Every rule that is meant for the business, as a file."""
    text = write_rules(each.rule for each in rules_seen(panel, viewer, business_id))
    headers = {"content-disposition": f'attachment; filename="rules-{business_id}.yaml"'}
    return Response(text, media_type="text/yaml; charset=utf-8", headers=headers)


@router.get("/businesses/{business_id}/rules/file/import", dependencies=[guard("write_rules")])
def import_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """The form."""
    return _page(request, panel, viewer, business_id)


@router.post("/businesses/{business_id}/rules/file/import", dependencies=[guard("write_rules")])
def import_text(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, yaml: Text = "") -> Response:
    """Add or replace rules by id, all or none; what is wrong is told line by line, and the text stays."""
    panel.home.connections.get(business_id)
    try:
        rules = read_rules(yaml, source="this text")
    except RulesInvalid as error:
        return _page(request, panel, viewer, business_id, status=422, typed=yaml, problems=error.problems)
    done = import_rules(panel.home.state, clock=panel.clock, rules=rules, actor=viewer.actor, author=viewer.actor)
    told = f"{plural(len(done.added), 'rule')} added, {len(done.changed)} changed, {len(done.unchanged)} as they were."
    return see_other(request, f"/businesses/{business_id}/rules", notice=told)


def _page(
    request: Request,
    panel: Panel,
    viewer: Viewer,
    business_id: str,
    *,
    status: int = 200,
    typed: str = "",
    problems: tuple[str, ...] = (),
) -> Response:
    view = place_view(panel.home, viewer, business_id)
    return render(request, "rule_file.html", status=status, typed=typed, problems=problems, **view)
