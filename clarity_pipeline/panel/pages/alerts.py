"""The inbox of alerts: over all businesses of the viewer, and as the Alerts place of one; with what is done to several at once.

A form is sent to the address of the page that it stands on, filters included: a reload asks for that page again.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from clarity_pipeline.alerts.precision import precision
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.pages.alert_forms import TheDecision, decide, refused
from clarity_pipeline.panel.pages.doors import Ticked
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.alert_inbox import AskedAlerts, inbox_view
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.web.problems import status_of
from clarity_pipeline.panel.web.rendering import render, see_other

router = APIRouter(include_in_schema=False)


def _asked(
    request: Request,
    place: str = "",
    business: str = "",
    severity: str = "",
    rule: str = "",
    mine: str = "",
    outcome: str = "",
    page: str = "",
) -> AskedAlerts:
    given = {"place": place, "business": business, "severity": severity, "rule": rule}
    return AskedAlerts.of(request.url.path, **given, mine=mine, outcome=outcome, page=page)


TheAsked = Annotated[AskedAlerts, Depends(_asked)]


@router.get("/alerts", dependencies=[guard("list_alerts")])
def alerts_page(request: Request, panel: ThePanel, viewer: SignedIn, asked: TheAsked) -> Response:
    """Everything that the viewer may see, the gravest first."""
    return render(request, "alerts.html", **inbox_view(panel.home, viewer, asked))


@router.get("/alerts/precision", dependencies=[guard("answer_alerts")])
def precision_page(request: Request, panel: ThePanel) -> Response:
    """How often each rule was right, by what its alerts were closed as."""
    return render(request, "precision.html", rules=precision(panel.home.state, now=panel.clock()))


@router.post("/alerts", dependencies=[guard("answer_alerts")])
def answer_alerts(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    asked: TheAsked,
    decision: TheDecision,
    alerts: Ticked,
) -> Response:
    """Do one thing to those that are ticked, all or none."""
    return _answered(request, panel, viewer, asked, decision, alerts, business_id=None)


@router.get("/businesses/{business_id}/alerts", dependencies=[guard("see_business")])
def alerts_of_business(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, asked: TheAsked) -> Response:
    """Those of one business."""
    return render(request, "alerts_of_business.html", **_of_one(panel, viewer, business_id, asked))


@router.post("/businesses/{business_id}/alerts", dependencies=[guard("answer_alerts")])
def answer_alerts_of_business(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    business_id: str,
    asked: TheAsked,
    decision: TheDecision,
    alerts: Ticked,
) -> Response:
    """The same for those of one business."""
    return _answered(request, panel, viewer, asked, decision, alerts, business_id=business_id)


def _answered(
    request: Request,
    panel: Panel,
    viewer: Viewer,
    asked: AskedAlerts,
    decision: TheDecision,
    chosen: list[str],
    *,
    business_id: str | None,
) -> Response:
    try:
        said = decide(panel, viewer, chosen, decision)
    except ClarityPipelineError as error:
        view = inbox_view(panel.home, viewer, asked) if business_id is None else _of_one(panel, viewer, business_id, asked)
        again = {"problem": refused(error), "typed": decision.typed(), "chosen": tuple(chosen)}
        template = "alerts.html" if business_id is None else "alerts_of_business.html"
        return render(request, template, status=status_of(error), **view | again)
    return see_other(request, asked.href(page=asked.page), notice=said)


def _of_one(panel: Panel, viewer: Viewer, business_id: str, asked: AskedAlerts) -> dict[str, Any]:
    place = place_view(panel.home, viewer, business_id)
    return {**place, **inbox_view(panel.home, viewer, asked, business_id=business_id)}
