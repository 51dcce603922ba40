"""The API about itself: the OpenAPI document, what a problem's `type` means, who is signed in, whether the panel works."""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from clarity_pipeline.panel.access.guard import Asking, SignedIn, guard
from clarity_pipeline.panel.api.documents import Health, Key, Kind, Me
from clarity_pipeline.panel.api.openapi import of_key, openapi_document, problems_of
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.web.problems import KINDS

router = APIRouter(prefix="/api/v1", tags=["about"])


@router.get("/openapi.json", dependencies=[guard("enter")], include_in_schema=False)
def openapi(request: Request) -> dict[str, Any]:
    """What every route takes and gives."""
    return openapi_document(request.app)


@router.get("/problems/{reason}", dependencies=[guard("enter")], responses=problems_of("not_found"))
def explain_problem(reason: str) -> Kind:
    """What the `type` of a problem document leads to."""
    if reason not in KINDS:
        raise HTTPException(404)
    return Kind(reason=reason, status=KINDS[reason].status, title=KINDS[reason].title)


@router.get("/me", dependencies=[guard("use_own_account")], responses=problems_of("not_signed_in"))
def me(viewer: SignedIn) -> Me:
    """Who is signed in."""
    own = None if viewer.is_agency else sorted(viewer.business_ids)
    return Me(email=viewer.email, name=viewer.name, role=viewer.role, businesses=own)


@router.get(
    "/key",
    dependencies=[guard("see_own_key")],
    responses=problems_of("not_signed_in", "not_allowed", "invalid_key", "rate_limited"),
    openapi_extra=of_key("any"),
)
def key(asker: Asking) -> Key:
    """What the key of this request may do."""
    return Key.model_validate(asker)


@router.get("/health", dependencies=[guard("enter")], responses=problems_of())
def health(panel: ThePanel) -> Health:
    """Whether the panel and its database answer; for a proxy or a supervisor."""
    with panel.home.state.read() as connection:
        connection.execute(sa.text("select 1"))
    return Health(status="ok")
