"""The places of one business that show: Overview, Pages, Breakdown, Imports, Activity. Nothing is changed here.

Alerts, Rules and Connection have modules of their own, because things are done there.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.activity import activity_view
from clarity_pipeline.panel.views.asked import Asked
from clarity_pipeline.panel.views.business_view import attention_view, breakdown_view, numbers_view, pages_view, place_view
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False, dependencies=[guard("see_business")])

Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/businesses/{business_id}")
def overview_page(
    request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, span: str = "", days: str = ""
) -> Response:
    """How it is: the state, what needs somebody, the numbers."""
    asked = Asked.of(f"/businesses/{business_id}", span=span, days=days)
    place = place_view(panel.home, viewer, business_id, asked=asked)
    attention = attention_view(panel.home, viewer, place["business"])
    numbers = numbers_view(panel.home, viewer, business_id, asked=asked)
    return render(request, "overview.html", **place, **attention, **numbers)


@router.get("/businesses/{business_id}/pages")
def pages_page(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, span: str = "", urls: str = "") -> Response:
    """The pages of its site where most visits met trouble."""
    asked = Asked.of(f"/businesses/{business_id}/pages", span=span, urls=urls)
    place = place_view(panel.home, viewer, business_id, asked=asked)
    return render(request, "worst_pages.html", **place, **pages_view(panel.home, business_id, asked=asked))


@router.get("/businesses/{business_id}/breakdown")
def breakdown_page(
    request: Request, panel: ThePanel, viewer: SignedIn, business_id: str, span: str = "", groups: str = ""
) -> Response:
    """What visits are made with, and where they come from."""
    asked = Asked.of(f"/businesses/{business_id}/breakdown", span=span, groups=groups)
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
