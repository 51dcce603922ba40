"""Who did what to the installation, for agency admins: people, sign-ins, keys; the newest first, a page at a time."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.web.rendering import render

router = APIRouter(include_in_schema=False, dependencies=[guard("manage_people")])

ON_A_PAGE = 50

Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/people/log")
def log_page(request: Request, panel: ThePanel, before: Before = None) -> Response:
    """The entries of the audit log that concern no business; what a business had done to it stands in its Activity."""
    found = panel.home.audit.of_installation(before=before, limit=ON_A_PAGE + 1)
    entries = found[:ON_A_PAGE]
    return render(request, "log.html", entries=entries, older=entries[-1].entry_id if len(found) > ON_A_PAGE else None)
