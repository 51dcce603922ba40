"""Change markers as JSON: what was changed on a site, and when. Handlers of `businesses.ROUTES`.

What became of a change is compared in the warehouse, which the panel never opens: `clarity-pipeline markers check` tells it.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from clarity_pipeline.panel.access.guard import Asking
from clarity_pipeline.panel.api.given import Given
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.rules.markers.markers import LONGEST_NOTE, LONGEST_URL, Markers, markers_of

BusinessId = Annotated[str, Path(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}, description="The business's slug.")]
MarkerId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The marker's number.")]
Page = Annotated[
    str,
    Field(max_length=LONGEST_URL, examples=["https://www.acme.com/lp"], description="The whole address; its query is not kept."),
]
Note = Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE, description="What was changed, in one line.")]


class NewMarker(Given):
    """A change; without `url` of the whole site."""

    at: AwareDatetime
    note: Note
    url: Page | None = None


class ChangeMarker(BaseModel):
    """A change of a page, or of the whole site where `url` is null."""

    model_config = ConfigDict(from_attributes=True)

    marker_id: int
    business_id: str
    url: str | None
    at: datetime
    note: str
    author: str
    created_at: datetime


def list_markers(panel: ThePanel, business_id: BusinessId) -> list[ChangeMarker]:
    """The changes that are marked, oldest first."""
    panel.home.connections.get(business_id)
    with panel.home.state.read() as connection:
        found = markers_of(connection, [business_id]).get(business_id, ())
    return [ChangeMarker.model_validate(each) for each in found]


def add_marker(panel: ThePanel, viewer: Asking, business_id: BusinessId, body: NewMarker) -> ChangeMarker:
    """Mark a change; the same one again is the one that is there."""
    business = panel.home.connections.get(business_id)
    kept = _markers(panel).add(business, url=body.url, at=body.at, note=body.note, author=viewer.actor)
    return ChangeMarker.model_validate(kept)


def remove_marker(panel: ThePanel, business_id: BusinessId, marker_id: MarkerId) -> ChangeMarker:
    """Take a marker back."""
    return ChangeMarker.model_validate(_markers(panel).remove(marker_id, business_id=business_id))


def _markers(panel: Panel) -> Markers:
    return Markers(panel.home.state, clock=panel.clock)
