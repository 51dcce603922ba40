"""Who did what, as JSON, for agency admins: the page of that name."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from clarity_pipeline.connections.audit_kinds import Kind
from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.api.openapi import problems_of
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.audit import AskedLog, audit_entries

Who = Annotated[str, Query(max_length=254, description="An account's address; `cli:`, `key:` or `pipeline` for the others.")]
OfBusiness = Annotated[
    str, Query(pattern=r"^([a-z0-9][a-z0-9_-]{0,62}|-)?$", description="A slug; `-` for what is of no business.")
]
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Only entries with a smaller number.")]
Limit = Annotated[int, Query(ge=1, le=500)]

router = APIRouter(prefix="/api/v1/audit", tags=["agency"], dependencies=[guard("use_agency_api"), guard("see_audit")])


class AuditEntry(BaseModel):
    """One thing that was done; `detail` never has a secret."""

    entry: int
    at: datetime
    business: str | None = Field(description="Null for what concerns the whole installation.")
    actor: str
    action: str
    detail: dict[str, Any]
    sentence: str


@router.get("", operation_id="agency_list_audit", responses=problems_of("not_signed_in", "not_allowed"))
def list_audit(
    panel: ThePanel,
    who: Who = "",
    business: OfBusiness = "",
    kind: Kind | None = None,
    before: Before = None,
    limit: Limit = 100,
) -> list[AuditEntry]:
    """The newest first."""
    asked = AskedLog(who if who.isprintable() else "?", business, kind or "")
    return [
        AuditEntry(
            entry=each.entry_id,
            at=each.at,
            business=each.business_id,
            actor=each.actor,
            action=each.action,
            detail=dict(each.detail),
            sentence=each.sentence,
        )
        for each in audit_entries(panel, asked, before=before, limit=limit)
    ]
