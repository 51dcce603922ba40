"""The address that a deployment posts to, so that charts and rules know of it: a key with the scope `markers` is enough.

Nothing of a payload is kept but what the marker says: which release or deployment, of which repository, and when.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from clarity_pipeline.panel.access.guard import Asking, guard
from clarity_pipeline.panel.api.businesses import BusinessId
from clarity_pipeline.panel.api.markers import ChangeMarker
from clarity_pipeline.panel.api.openapi import of_key, problems_of
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.rules.markers.deployments import NotDeployed, deployment_of
from clarity_pipeline.rules.markers.markers import Markers

_EXAMPLES: dict[str, Any] = {
    "plain": {"summary": "Plain", "value": {"note": "New checkout", "at": "2026-11-20T14:30:00Z"}},
    "release": {
        "summary": "GitHub: a release",
        "value": {
            "action": "published",
            "release": {"tag_name": "v1.4.0", "published_at": "2026-11-20T14:30:00Z", "draft": False, "prerelease": False},
            "repository": {"full_name": "acme/shop"},
        },
    },
    "deployment": {
        "summary": "GitHub: a deployment that succeeded",
        "value": {
            "deployment_status": {"state": "success"},
            "deployment": {"ref": "main", "sha": "0a1b2c3d", "environment": "production", "created_at": "2026-11-20T14:30:00Z"},
            "repository": {"full_name": "acme/shop"},
        },
    },
}

Payload = Annotated[
    dict[str, Any],
    Body(
        openapi_examples=_EXAMPLES,
        description="`note`, and maybe `at` (now) and `url` (the whole site); or GitHub's payload of a deployment, its status or"
        " a release, as it comes.",
    ),
]

router = APIRouter(prefix="/api/v1/businesses", tags=["agency"], dependencies=[guard("use_agency_api")])


class Deployment(BaseModel):
    """What became of it: the marker, or why there is none, such as of a preview or of a deployment that failed."""

    marker: ChangeMarker | None
    why_not: str | None = Field(description="A sentence; null where a marker is there.")


@router.post(
    "/{business_id}/deployments",
    dependencies=[guard("mark_changes")],
    operation_id="agency_mark_deployment",
    responses=problems_of(
        *("not_signed_in", "not_allowed", "invalid_key", "rate_limited", "unknown_business", "invalid_marker"),
    ),
    openapi_extra=of_key("markers"),
)
def mark_deployment(panel: ThePanel, asker: Asking, business_id: BusinessId, payload: Payload) -> Deployment:
    """Mark that something was deployed. The same once more is the marker that is there."""
    business = panel.home.connections.get(business_id)
    found = deployment_of(payload, now=panel.clock().replace(microsecond=0))
    if isinstance(found, NotDeployed):
        return Deployment(marker=None, why_not=found.why)
    markers = Markers(panel.home.state, clock=panel.clock)
    kept = markers.add(business, url=found.url, at=found.at, note=found.note, author=asker.actor)
    return Deployment(marker=ChangeMarker.model_validate(kept), why_not=None)
