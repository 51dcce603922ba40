"""The places of one business that show: Overview, Pages, Breakdown, Imports, Activity. Nothing is changed here.

Alerts, Rules and Connection have modules of their own, because things are done there.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from clarity_pipeline.alerts.messages.explanation import recordings
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.activity import activity_view
from clarity_pipeline.panel.views.asked import Asked
from clarity_pipeline.panel.views.business_view import (
    attention_view,
    breakdown_view,
    numbers_view,
    page_view,
    pages_view,
    place_view,
)
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False, dependencies=[guard("see_business")])

Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


def _asked(request: Request, panel: ThePanel) -> Asked:
    return Asked.of(request.url.path, request.query_params, yesterday=panel.home.yesterday())


TheAsked = Annotated[Asked, Depends(_asked)]
"""A handler's parameter: the days and the order that its address asks for."""


@router.get("/businesses/{business_id}")
def overview_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, asked: TheAsked) -> Response:
    """How it is: the state, what needs somebody, the numbers."""
    place = place_view(panel.home, viewer, business_id, asked=asked)
    attention = attention_view(panel.home, viewer, place["business"])
    numbers = numbers_view(panel.home, viewer, business_id, asked=asked)
    return render(request, "overview.html", **place, **attention, **numbers)


@router.get("/businesses/{business_id}/pages")
def pages_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, asked: TheAsked) -> Response:
    """The pages of its site where most visits met trouble."""
    place = place_view(panel.home, viewer, business_id, asked=asked)
    return render(request, "worst_pages.html", **place, **pages_view(panel.home, business_id, asked=asked))


@router.get("/businesses/{business_id}/pages/one")
def one_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, asked: TheAsked) -> Response:
    """One page over time, by its address (`url`)."""
    place = place_view(panel.home, viewer, business_id, asked=asked)
    recorded = recordings(place["business"].project_id, asked.url or "")
    return render(request, "one_page.html", recordings=recorded, **place, **page_view(panel.home, business_id, asked=asked))


@router.get("/businesses/{business_id}/breakdown")
def breakdown_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, asked: TheAsked) -> Response:
    """What visits are made with, and where they come from."""
    place = place_view(panel.home, viewer, business_id, asked=asked)
    return render(request, "breakdown.html", **place, **breakdown_view(panel.home, business_id, asked=asked))


@router.get("/businesses/{business_id}/imports")
def imports_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """What is imported beside Clarity's numbers."""
    return render(request, "imports.html", **place_view(panel.home, viewer, business_id))


@router.get("/businesses/{business_id}/activity")
def activity_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, before: Before = None) -> Response:
    """Who did what, the newest first."""
    place = place_view(panel.home, viewer, business_id)
    return render(request, "activity.html", **place, **activity_view(panel.home, viewer, business_id, before=before))
