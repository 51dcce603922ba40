"""Alerts as JSON: the inbox, one in full, and what people decide; for the agency, and below `/api/v1/portal` for clients.

What the pages do, by the same functions. A client lists, reads and comments: the rest is behind the agency's door. A program
with a key of scope `read` lists and reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from clarity_pipeline.alerts.answer_log import Outcome, Place
from clarity_pipeline.alerts.answers import Answers
from clarity_pipeline.alerts.inbox import Wanted
from clarity_pipeline.alerts.outbox.receipts import resend_of
from clarity_pipeline.alerts.people import People
from clarity_pipeline.alerts.precision import precision
from clarity_pipeline.panel.access.guard import Asking, SignedIn, guard
from clarity_pipeline.panel.access.policy import Action, Asker, scope_of
from clarity_pipeline.panel.api import alert_documents as doc
from clarity_pipeline.panel.api.openapi import of_key, problems_of
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.alert_inbox import alerts_seen
from clarity_pipeline.panel.views.alert_view import alert_facts
from clarity_pipeline.rules.language.rule import Severity

AlertId = Annotated[str, Path(json_schema_extra={"pattern": "^[0-9a-f]{32}$"}, description="The whole id of an alert.")]
MessageId = Annotated[str, Path(max_length=64, description="The id of a message about it.")]
SilenceId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of a silence that holds.")]


def list_alerts(
    panel: ThePanel,
    asker: Asking,
    place: Annotated[Place | None, Query(description="Where it stands for people; without it all that are in view.")] = None,
    business: Annotated[list[str] | None, Query(max_length=100, description="Slugs.")] = None,
    severity: Annotated[Severity | None, Query()] = None,
    rule: Annotated[str | None, Query(max_length=100)] = None,
    outcome: Annotated[Outcome | None, Query(description="What it was closed as.")] = None,
    page: Annotated[int, Query(ge=1, le=10_000, description="Of 50 alerts each.")] = 1,
) -> doc.AlertPage:
    """The alerts that go on, and those that ended in the last 400 days; the gravest first."""
    businesses = None if business is None else [each for each in business if each.isprintable()]
    rule_id = rule if rule is None or rule.isprintable() else ""
    wanted = Wanted(businesses, place, severity, rule_id, outcome=outcome, page=page)
    return doc.AlertPage.model_validate(alerts_seen(panel.home, asker, wanted))


def get_alert(panel: ThePanel, asker: Asking, alert_id: AlertId) -> doc.FullAlert:
    """One alert with all that is known of it; a client is not told who at the agency did what, nor which channels were told."""
    return _full(panel, asker, alert_id)


def comment_on_alert(panel: ThePanel, viewer: SignedIn, alert_id: AlertId, body: doc.NewComment) -> doc.FullAlert:
    """Say something that everybody reads who may see the alert."""
    _answers(panel).comment(alert_id, text=body.text, author=viewer.actor)
    return _full(panel, viewer, alert_id)


def acknowledge_alerts(panel: ThePanel, viewer: SignedIn, body: doc.Acknowledge) -> list[doc.FullAlert]:
    """Say that somebody has seen them: nobody is reminded any more. All or none, as everything below."""
    return _all(panel, viewer, _answers(panel).acknowledge(body.alerts, author=viewer.actor, note=body.note))


def assign_alerts(panel: ThePanel, viewer: SignedIn, body: doc.Assign) -> list[doc.FullAlert]:
    """Give them to somebody of the agency, or to nobody."""
    return _all(panel, viewer, _answers(panel).assign(body.alerts, to=body.to, author=viewer.actor))


def snooze_alerts(panel: ThePanel, viewer: SignedIn, body: doc.Snooze) -> list[doc.FullAlert]:
    """Out of the open ones until then, and no reminder."""
    return _all(panel, viewer, _answers(panel).snooze(body.alerts, until=body.until, author=viewer.actor))


def silence_alerts(panel: ThePanel, viewer: SignedIn, body: doc.SilenceThem) -> list[doc.FullAlert]:
    """Send nothing about what they are about (rule, business, page) until then."""
    _answers(panel).silence(body.alerts, until=body.until, reason=body.reason, author=viewer.actor)
    return _all(panel, viewer, tuple(dict.fromkeys(body.alerts)))


def end_silence(panel: ThePanel, viewer: SignedIn, silence_id: SilenceId) -> doc.Silence:
    """End a silence before its time."""
    ended = People(panel.home.state, clock=panel.clock).end(silence_id, author=viewer.actor)
    return doc.Silence.model_validate(ended)


def close_alerts(panel: ThePanel, viewer: SignedIn, body: doc.Close) -> list[doc.FullAlert]:
    """Say what they were, which counts for their rules."""
    return _all(panel, viewer, _answers(panel).close(body.alerts, outcome=body.outcome, note=body.note, author=viewer.actor))


def reopen_alerts(panel: ThePanel, viewer: SignedIn, body: doc.These) -> list[doc.FullAlert]:
    """As if nobody had acknowledged, snoozed or closed them."""
    return _all(panel, viewer, _answers(panel).reopen(body.alerts, author=viewer.actor))


def resend_message(panel: ThePanel, viewer: SignedIn, alert_id: AlertId, message_id: MessageId) -> doc.FullAlert:
    """Put a message about it back that was given up; it goes out with the next delivery."""
    resend_of(panel.home.state, alert_id, message_id, author=viewer.actor, now=panel.clock())
    return _full(panel, viewer, alert_id)


def get_precision(panel: ThePanel) -> list[doc.RulePrecision]:
    """How often each rule was right: what its alerts of the last year were closed as."""
    return [doc.RulePrecision.model_validate(each.document()) for each in precision(panel.home.state, now=panel.clock())]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    handler: Callable[..., Any]
    action: Action
    answer: Any
    problems: tuple[str, ...] = ()
    is_for_clients: bool = False


_SAID = ("unknown_alert", "invalid_answer", "invalid_silence")
_ROUTES = (
    _Route("GET", "", list_alerts, "list_alerts", doc.AlertPage, is_for_clients=True),
    _Route("GET", "/precision", get_precision, "answer_alerts", list[doc.RulePrecision]),
    _Route("POST", "/acknowledge", acknowledge_alerts, "answer_alerts", list[doc.FullAlert], _SAID),
    _Route("POST", "/assign", assign_alerts, "answer_alerts", list[doc.FullAlert], _SAID),
    _Route("POST", "/snooze", snooze_alerts, "answer_alerts", list[doc.FullAlert], _SAID),
    _Route("POST", "/silence", silence_alerts, "answer_alerts", list[doc.FullAlert], _SAID),
    _Route("POST", "/close", close_alerts, "answer_alerts", list[doc.FullAlert], _SAID),
    _Route("POST", "/reopen", reopen_alerts, "answer_alerts", list[doc.FullAlert], _SAID),
    _Route("DELETE", "/silences/{silence_id}", end_silence, "answer_alerts", doc.Silence, ("invalid_silence",)),
    _Route("GET", "/{alert_id}", get_alert, "see_alert", doc.FullAlert, ("unknown_alert",), is_for_clients=True),
    _Route("POST", "/{alert_id}/comments", comment_on_alert, "comment_alert", doc.FullAlert, _SAID, is_for_clients=True),
    _Route(
        "POST", "/{alert_id}/messages/{message_id}/resend", resend_message, "manage_channels", doc.FullAlert,
        ("unknown_alert", "nothing_to_resend"),
    ),
)  # fmt: skip


def alert_routers() -> tuple[APIRouter, ...]:
    """Those of the agency, and those of clients."""
    agency = APIRouter(prefix="/api/v1/alerts", tags=["agency"], dependencies=[guard("use_agency_api")])
    portal = APIRouter(prefix="/api/v1/portal/alerts", tags=["portal"], dependencies=[guard("use_portal_api")])
    for route in _ROUTES:
        scope = scope_of(route.action)
        by_key = ("invalid_key", "rate_limited") if scope else ()
        _add(agency, route, door="agency", problems=by_key, extra=of_key(scope) if scope else None)
        if route.is_for_clients:
            _add(portal, route, door="portal", problems=(), extra=None)
    return agency, portal


def _add(router: APIRouter, route: _Route, *, door: str, problems: tuple[str, ...], extra: dict[str, Any] | None) -> None:
    router.add_api_route(
        route.path,
        route.handler,
        methods=[route.method],
        dependencies=[guard(route.action)],
        response_model=route.answer,
        operation_id=f"{door}_{route.handler.__name__}",
        responses=problems_of("not_signed_in", "not_allowed", *problems, *route.problems),
        openapi_extra=extra,
    )


def _answers(panel: Panel) -> Answers:
    return Answers(panel.home.state, clock=panel.clock)


def _full(panel: Panel, asker: Asker, alert_id: str) -> doc.FullAlert:
    return doc.FullAlert.model_validate(alert_facts(panel.home, asker, alert_id))


def _all(panel: Panel, asker: Asker, alert_ids: tuple[str, ...]) -> list[doc.FullAlert]:
    return [_full(panel, asker, each) for each in alert_ids]
