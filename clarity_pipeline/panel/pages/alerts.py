"""The Alerts place of a business: what its rules have told, open and over."""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.alert_list import open_alerts, past_alerts
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/businesses/{business_id}/alerts", dependencies=[guard("see_business")])
def alerts_of_business(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """The open ones, the worst first, and the last that are over."""
    state = panel.home.state
    place = place_view(panel.home, viewer, business_id)
    return render(
        request,
        "alerts_of_business.html",
        **place,
        open_alerts=open_alerts(state, business_id),
        past_alerts=past_alerts(state, business_id),
    )
