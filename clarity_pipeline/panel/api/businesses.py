"""The businesses, as JSON: one table of handlers, served to the agency and, below `/api/v1/portal`, to clients.

The handlers are the same; the guard of each route and of its group says who may, and the viewer says in whose name. What is done
is done by the core, which also writes the audit log. Signed in with the cookie of the panel, or, where a scope of keys has the
action of a route, with a key.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query

from clarity_pipeline.alerts.listing import list_alerts
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.clarity.errors import AnswerMalformed, TokenRejected
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.connections.site import checked_hosts
from clarity_pipeline.connections.status import connection_status, connection_statuses
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import Asking, NotAllowed, SignedIn, guard
from clarity_pipeline.panel.access.policy import Action, scope_of
from clarity_pipeline.panel.api import documents as doc
from clarity_pipeline.panel.api import groups
from clarity_pipeline.panel.api.given import Change, NewBusiness
from clarity_pipeline.panel.api.links import links_of
from clarity_pipeline.panel.api.markers import ChangeMarker, add_marker, list_markers, remove_marker
from clarity_pipeline.panel.api.numbers import BreakdownAnswer, PageOverTime, get_breakdown, get_page
from clarity_pipeline.panel.api.openapi import of_key, problems_of
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.findings import data_of
from clarity_pipeline.panel.views.triage import TroubleName, in_trouble
from clarity_pipeline.rules.book.first_rules import store_first_rules
from clarity_pipeline.upkeep.sites import accept, say_site
from clarity_pipeline.warehouse.published.published_days import PublishedDay, add_up, leading, published_days, published_site_days
from clarity_pipeline.warehouse.published.worst_urls import WorstUrl, worst_urls

Door = Literal["agency", "portal"]

DOORS: dict[Door, tuple[str, Action]] = {
    "agency": ("/api/v1/businesses", "use_agency_api"),
    "portal": ("/api/v1/portal/businesses", "use_portal_api"),
}

BusinessId = Annotated[str, Path(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}, description="The business's slug.")]
Days = Annotated[int, Query(ge=1, le=366, description="How many UTC dates, the last one yesterday.")]


State = Annotated[TroubleName, Query(description="What is wrong with it, as the panel's list of businesses filters.")]


class KnownBusiness(ClarityPipelineError):
    """The slug of a new business is taken."""

    reason = "known_business"


def list_businesses(
    panel: ThePanel, viewer: Asking, state: State | None = None, group: groups.InGroup | None = None
) -> list[doc.Business]:
    """Every business that the viewer may see, by slug; with `state` those that it leaves, the worst first."""
    mine = groups.members_of(panel, viewer, group) if group else None if viewer.is_agency else viewer.business_ids
    found = connection_statuses(panel.home.state, clock=panel.clock, business_ids=mine)
    if state is not None:
        found = in_trouble(panel.home, found, state, is_agency=viewer.is_agency)
    return [doc.Business.of(each) for each in found]


def add_business(panel: ThePanel, viewer: SignedIn, body: NewBusiness) -> doc.Business:
    """Connect a new business, or add one without a Clarity project; no call is spent."""
    if any(each.business_id == body.business for each in panel.home.connections.all()):
        raise KnownBusiness(f"There is a business named {body.business} already; change that one, or choose another name")
    if body.without_clarity:
        if body.project_id or body.token or body.site:
            raise InvalidBusiness("Without Clarity there is no project, token or site to give; leave them out")
        panel.home.connections.add_without_clarity(body.business, name=body.name, actor=viewer.actor)
    elif body.project_id is None or body.token is None:
        raise InvalidBusiness("Give project_id and token; or without_clarity where it has no Clarity project")
    else:
        panel.home.connections.connect(
            body.business,
            project_id=body.project_id,
            token=Token.parse(body.token.get_secret_value()),
            name=body.name,
            site=None if body.site is None else checked_hosts(body.site),
            allow_shared=body.allow_shared,
            actor=viewer.actor,
        )
    store_first_rules(panel.home.state, clock=panel.clock, settings=panel.home.settings)
    return _business(panel, body.business)


def get_business(panel: ThePanel, business_id: BusinessId) -> doc.Business:
    """One business: its badge, when it was last synced, the calls of today. This is what Refresh asks for."""
    return _business(panel, business_id)


def change_business(panel: ThePanel, viewer: SignedIn, business_id: BusinessId, body: Change) -> doc.Business:
    """Save another project ID, token, name or site, or reconnect with a fresh token; no call is spent."""
    if body.allow_shared and not viewer.is_agency:
        raise NotAllowed("Whether two businesses may share a project is for the agency to say; ask it")
    if body.site is not None and not viewer.is_agency:
        raise NotAllowed("Which site a business has is for the agency to say; ask it")
    hosts = None if body.site is None else checked_hosts(body.site)
    panel.home.connections.update(
        business_id,
        project_id=body.project_id,
        token=None if body.token is None else Token.parse(body.token.get_secret_value()),
        name=body.name,
        totals=body.totals,
        allow_shared=body.allow_shared,
        actor=viewer.actor,
    )
    if hosts is not None:
        say_site(panel.home, business_id, hosts, actor=viewer.actor)
    return _business(panel, business_id)


def accept_business(panel: ThePanel, viewer: SignedIn, business_id: BusinessId) -> doc.Business:
    """Say that answers of another site, which are held back, are meant: the next daily sync loads them, without a call."""
    accept(panel.home, business_id, actor=viewer.actor)
    return _business(panel, business_id)


async def test_business(panel: ThePanel, viewer: SignedIn, business_id: BusinessId) -> doc.Test:
    """Verify the token with one of the ten calls of the day; a rejected one is a result and not an error."""
    tested = await panel.verifier.verify(viewer, business_id)
    if tested.error is not None and not isinstance(tested.error, TokenRejected | AnswerMalformed):
        raise tested.error
    answer = doc.Test.model_validate(tested.document())
    if not viewer.is_agency:  # the hosts of another client's project are not theirs to know
        answer.hosts = [each for each in answer.hosts if tested.site is not None and tested.site.owns(each.host)]
    return answer


def enable_business(panel: ThePanel, viewer: SignedIn, business_id: BusinessId) -> doc.Business:
    """Resume the daily sync."""
    panel.home.connections.enable(business_id, actor=viewer.actor)
    return _business(panel, business_id)


def disable_business(panel: ThePanel, viewer: SignedIn, business_id: BusinessId) -> doc.Business:
    """Pause the daily sync; token and history stay."""
    panel.home.connections.disable(business_id, actor=viewer.actor)
    return _business(panel, business_id)


def disconnect_business(panel: ThePanel, viewer: SignedIn, business_id: BusinessId) -> doc.Business:
    """Forget the token; the history stays."""
    panel.home.connections.disconnect(business_id, actor=viewer.actor)
    return _business(panel, business_id)


def list_jobs(panel: ThePanel, business_id: BusinessId, days: Days = 30) -> list[doc.Job]:
    """The attempts at the lanes of the last days, oldest first."""
    _must_exist(panel, business_id)
    first = panel.home.yesterday() - timedelta(days=days - 1)
    jobs = panel.home.jobs.list(business_id=business_id)
    return [doc.Job.model_validate(each.document()) for each in jobs if each.date >= first]


def get_quota(panel: ThePanel, business_id: BusinessId) -> doc.Quota:
    """The ten calls of today, and who took them."""
    key = panel.home.connections.get(business_id).quota_key
    slots = panel.home.quota.slots(key) if key else []
    return doc.Quota(
        business=business_id,
        day=panel.clock().date(),
        used=len(slots),
        left=CALLS_A_DAY - len(slots) if key else 0,
        slots=[doc.Slot(slot=each.slot, purpose=each.purpose, state=each.state, at=each.claimed_at) for each in slots],
    )


def get_alerts(panel: ThePanel, business_id: BusinessId) -> list[doc.Alert]:
    """What rules have found, oldest first."""
    _must_exist(panel, business_id)
    return [doc.Alert.model_validate(each) for each in list_alerts(panel.home.state, business_ids=[business_id])]


def get_dashboard(panel: ThePanel, viewer: Asking, business_id: BusinessId, days: Days = 28) -> doc.Dashboard:
    """The behavioural numbers of the last days, as they were last published."""
    _must_exist(panel, business_id)
    to_date = panel.home.yesterday()
    from_date = to_date - timedelta(days=days - 1)
    state = panel.home.state
    served = published_days(state, business_id, from_date=from_date, to_date=to_date)
    sites = published_site_days(state, business_id, from_date=from_date, to_date=to_date)
    span, site = add_up(served), add_up(sites)
    pages = worst_urls(state, business_id, from_date=from_date, to_date=to_date)
    return doc.Dashboard(
        business=business_id,
        from_date=from_date,
        to_date=to_date,
        days_with_data=span.days,
        totals=span.values,
        devices=dict(span.devices),
        days=[doc.Day.model_validate({**_facts(each), **each.measures}) for each in served],
        leads=leading(served, sites),
        site=doc.Site(
            days_with_data=site.days,
            totals=site.values,
            days=[doc.Day.model_validate({**_facts(each), **each.measures}) for each in sites],
        )
        if sites
        else None,
        findings=[
            doc.DataFinding.model_validate({**each.document(), "what_to_do": each.what_to_do})
            for each in data_of(state, viewer, business_id, from_date=from_date, to_date=to_date)
        ],
        worst_pages=[doc.Page.model_validate({**_facts(each), **each.events}) for each in pages],
    )


@dataclass(frozen=True, slots=True)
class _Route:
    """One operation; `problems` are the reasons of its own, `path` follows the group's prefix."""

    method: str
    path: str
    handler: Callable[..., Any]
    action: Action
    answer: Any
    problems: tuple[str, ...] = ()
    status: int = 200
    doors: tuple[Door, ...] = ("agency", "portal")


_ONE = "/{business_id}"
_STORING = ("invalid_token", "invalid_business", "shared_project", "token_missing")
_CALLING = (
    *("token_missing", "secret_unreadable", "capture_busy", "demo_home"),
    *("quota_spent", "too_close_to_midnight", "unavailable", "bad_request"),
)

ROUTES = (
    _Route("GET", "", list_businesses, "list_businesses", list[doc.Business], ("unknown_group",)),
    _Route("POST", "", add_business, "add_business", doc.Business, ("known_business", *_STORING), 201, ("agency",)),
    _Route("GET", _ONE, get_business, "see_business", doc.Business),
    _Route("PATCH", _ONE, change_business, "change_connection", doc.Business, _STORING),
    _Route("POST", f"{_ONE}/accept", accept_business, "say_site", doc.Business, ("nothing_held_back",), 200, ("agency",)),
    _Route("POST", f"{_ONE}/test", test_business, "test_connection", doc.Test, _CALLING),
    _Route("POST", f"{_ONE}/enable", enable_business, "switch_sync", doc.Business, ("token_missing",)),
    _Route("POST", f"{_ONE}/disable", disable_business, "switch_sync", doc.Business),
    _Route("POST", f"{_ONE}/disconnect", disconnect_business, "disconnect", doc.Business),
    _Route("GET", f"{_ONE}/jobs", list_jobs, "see_business", list[doc.Job]),
    _Route("GET", f"{_ONE}/quota", get_quota, "see_business", doc.Quota),
    _Route("GET", f"{_ONE}/alerts", get_alerts, "see_business", list[doc.Alert]),
    _Route("GET", f"{_ONE}/dashboard", get_dashboard, "see_business", doc.Dashboard),
    _Route("GET", f"{_ONE}/breakdown/{{slice}}", get_breakdown, "see_business", BreakdownAnswer),
    _Route("GET", f"{_ONE}/pages", get_page, "see_business", PageOverTime),
    _Route("GET", f"{_ONE}/markers", list_markers, "see_business", list[ChangeMarker]),
    _Route("POST", f"{_ONE}/markers", add_marker, "mark_changes", ChangeMarker, ("invalid_marker",), 201),
    _Route("DELETE", f"{_ONE}/markers/{{marker_id}}", remove_marker, "take_back_markers", ChangeMarker, ("unknown_marker",)),
)


_DOORS_OF: dict[str, tuple[str, ...]] = {route.handler.__name__: route.doors for route in ROUTES}


def router_at(door: Door) -> APIRouter:
    """The routes behind one door."""
    prefix, action = DOORS[door]
    router = APIRouter(prefix=prefix, tags=[door], dependencies=[guard(action)])
    for route in ROUTES:
        if door in route.doors:
            of_one = ("unknown_business",) if route.path else ()
            scope = scope_of(route.action) if door == "agency" else None
            by_key = ("invalid_key", "rate_limited") if scope else ()
            links = links_of(door, route.handler.__name__, doors_of=_DOORS_OF)
            router.add_api_route(
                route.path,
                route.handler,
                methods=[route.method],
                dependencies=[guard(route.action)],
                response_model=route.answer,
                status_code=route.status,
                operation_id=f"{door}_{route.handler.__name__}",
                responses={
                    **problems_of("not_signed_in", "not_allowed", *by_key, *of_one, *route.problems),
                    **({route.status: {"links": links}} if links else {}),
                },
                openapi_extra=of_key(scope) if scope else None,
            )
    return router


def _facts(served: PublishedDay | WorstUrl) -> dict[str, Any]:
    return {field.name: getattr(served, field.name) for field in fields(served)}


def _business(panel: Panel, business_id: str) -> doc.Business:
    return doc.Business.of(connection_status(panel.home.state, business_id, clock=panel.clock))


def _must_exist(panel: Panel, business_id: str) -> None:
    panel.home.connections.get(business_id)
