"""The Rules place of a business: which rules are asked about it, and what each said last."""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import may
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.views.rule_list import rules_of, rules_off
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/businesses/{business_id}/rules", dependencies=[guard("see_business")])
def rules_of_business(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """Those in use for it."""
    shown = rules_of(panel.home.state, business_id, yesterday=panel.home.yesterday())
    may_write = may(viewer, "write_rules")
    off = rules_off(panel.home.state, business_id) if may_write else []
    view = place_view(panel.home, viewer, business_id) | {"may_write": may_write, "rules_off": off}
    return render(request, "rules_of_business.html", **view, shown_rules=shown)
