"""Who did what, over everything, for agency admins: filtered by person, business and kind, the newest first, a page at a time."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.audit import audit_view
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False, dependencies=[guard("see_audit")])

Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/people/log")
def log_page(
    request: Request, panel: ThePanel, who: str = "", business: str = "", kind: str = "", before: Before = None
) -> Response:
    """All of it stands in the address, so that a look can be sent; a business's own entries stand in its Activity too."""
    return render(request, "log.html", **audit_view(panel, who=who, business=business, kind=kind, before=before))
