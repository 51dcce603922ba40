"""An alert's own page: what it saw, what became of it, and what people do with it. Its address is in messages and never changes.

What is done is answered in the card where it was done. A client reads, and comments.
"""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.alerts.answers import LONGEST_COMMENT, Answers
from clarity_pipeline.alerts.outbox.receipts import NothingToResend, resend_of
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.pages.alert_forms import TheDecision, decide, refused
from clarity_pipeline.panel.pages.doors import Text, typed_again
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.alert_view import alert_view
from clarity_pipeline.panel.web.problems import status_of
from clarity_pipeline.panel.web.rendering import render, see_other

router = APIRouter(include_in_schema=False)

_CARDS = ("answer", "comments", "messages")


@router.get("/alerts/{alert_id}", dependencies=[guard("see_alert")])
def alert_page(request: Request, panel: ThePanel, viewer: SignedIn, alert_id: str, at: str = "answer") -> Response:
    """Everything of it; `at` is the card in which something was just done."""
    view = alert_view(panel.home, viewer, alert_id)
    return render(request, "alert.html", **view | {"said_in": at if at in _CARDS else "answer"})


@router.post("/alerts/{alert_id}", dependencies=[guard("answer_alerts")])
def answer(request: Request, panel: ThePanel, viewer: SignedIn, alert_id: str, decision: TheDecision) -> Response:
    """Acknowledge, give, snooze, silence, close or open it again."""
    try:
        said = decide(panel, viewer, [alert_id], decision)
    except ClarityPipelineError as error:
        again = {"problem": refused(error), "problem_in": decision.do, "typed": decision.typed()}
        return render(request, "alert.html", status=status_of(error), **alert_view(panel.home, viewer, alert_id) | again)
    return see_other(request, f"/alerts/{alert_id}", notice=said)


@router.post("/alerts/{alert_id}/comments", dependencies=[guard("comment_alert")])
def comment(request: Request, panel: ThePanel, viewer: SignedIn, alert_id: str, text: Text = "") -> Response:
    """Say something that everybody reads who may see it."""
    try:
        Answers(panel.home.state, clock=panel.clock).comment(alert_id, text=text, author=viewer.actor)
    except ClarityPipelineError as error:
        again = {"problem": refused(error), "problem_in": "comment", "comment": typed_again(text, longest=2 * LONGEST_COMMENT)}
        return render(request, "alert.html", status=status_of(error), **alert_view(panel.home, viewer, alert_id) | again)
    return see_other(request, f"/alerts/{alert_id}?at=comments", notice="Your comment is there.")


@router.post("/alerts/{alert_id}/messages", dependencies=[guard("manage_channels"), guard("see_alert")])
def resend(request: Request, panel: ThePanel, viewer: SignedIn, alert_id: str, message: Text = "") -> Response:
    """Put a message that was given up back."""
    try:
        resend_of(panel.home.state, alert_id, message, author=viewer.actor, now=panel.clock())
    except NothingToResend as error:
        again = {"problem": refused(error), "problem_in": "messages"}
        return render(request, "alert.html", status=status_of(error), **alert_view(panel.home, viewer, alert_id) | again)
    return see_other(request, f"/alerts/{alert_id}?at=messages", notice="It is put back, and goes out with the next delivery.")


@router.get("/alerts/{alert_id}/comments", dependencies=[guard("see_alert")])
@router.get("/alerts/{alert_id}/messages", dependencies=[guard("see_alert")])
def back_to_it(request: Request, alert_id: str) -> Response:
    """Where a reload leads after a form that was refused."""
    return see_other(request, f"/alerts/{alert_id}")
