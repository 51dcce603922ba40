"""The search of the header, over everything that the viewer may see; a plain form, whose answer has an address."""

from fastapi import APIRouter, Request, Response

from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.global_search import LONGEST_QUERY, search
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/search", dependencies=[guard("search")])
def search_page(request: Request, panel: ThePanel, viewer: SignedIn, find: str = "") -> Response:
    """By kind, the best first; what was searched stays in the field."""
    query = find[:LONGEST_QUERY].strip()
    return render(request, "search.html", query=query, found=search(panel, viewer, query))
