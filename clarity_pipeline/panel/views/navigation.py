"""The places of the panel, and of one business: each has a name, an address, and one line here. Called by `web.rendering`.

A page finds out by its own address which place it is; a list entry is shown to who may ask for it, so that nobody is led to a
door that does not open.
"""

from dataclasses import dataclass

from clarity_pipeline.panel.access.policy import Action, Viewer, may


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of a navigation; `path` is an address, or of a place of a business what stands behind the business's own."""

    label: str
    path: str
    action: Action
    has_span: bool = False
    """Whether it shows numbers of a span of days, which is kept on the way to the next such place."""


MAIN = (
    Place("Businesses", "/businesses", "list_businesses"),
    Place("Alerts", "/alerts", "list_alerts"),
    Place("Channels", "/channels", "manage_channels"),
    Place("People", "/people", "manage_people"),
    Place("Keys", "/keys", "manage_keys"),
)
"""What the header leads to; the viewer's own account comes after them."""

OF_BUSINESS = (
    Place("Overview", "", "see_business", has_span=True),
    Place("Pages", "/pages", "see_business", has_span=True),
    Place("Breakdown", "/breakdown", "see_business", has_span=True),
    Place("Alerts", "/alerts", "see_business"),
    Place("Rules", "/rules", "see_business"),
    Place("Changes", "/changes", "see_business"),
    Place("Imports", "/imports", "see_business"),
    Place("Connection", "/connection", "see_business"),
    Place("Activity", "/activity", "see_business"),
)
"""What a business has, below `/businesses/{business_id}`."""


def main_places(viewer: Viewer) -> list[Place]:
    """Those of the header that the viewer may go to."""
    return [each for each in MAIN if may(viewer, each.action)]


def places_of(viewer: Viewer, business_id: str) -> list[Place]:
    """Those of a business that the viewer may go to."""
    return [each for each in OF_BUSINESS if may(viewer, each.action, business_id)]


def is_here(path: str, place: Place) -> bool:
    """Whether the page at `path` is in that place of the header; what stands below it is in it too."""
    return path == place.path or path.startswith(f"{place.path}/")


def first_place(viewer: Viewer) -> str:
    """Where somebody lands who asks for nothing: a client of one business on its Overview, everybody else on their list."""
    if not viewer.is_agency and len(viewer.business_ids) == 1:
        return f"/businesses/{next(iter(viewer.business_ids))}"
    return "/businesses"
