"""Groups of businesses as JSON, for people of the agency: what the page `Groups` does."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from clarity_pipeline.connections.groups import Group as Stored
from clarity_pipeline.panel.access.guard import NotAllowed, SignedIn, guard
from clarity_pipeline.panel.access.policy import Asker, may
from clarity_pipeline.panel.api.given import Given, Name, Slug
from clarity_pipeline.panel.api.openapi import problems_of
from clarity_pipeline.panel.panel import Panel, ThePanel

GroupId = Annotated[str, Path(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}, description="The group's slug.")]
InGroup = Annotated[Slug, Query(description="A group of businesses; for people of the agency alone.")]
Members = Annotated[list[Slug], Field(max_length=5000, description="Slugs of businesses.")]

router = APIRouter(
    prefix="/api/v1/groups",
    tags=["agency"],
    dependencies=[guard("use_agency_api"), guard("manage_groups")],
    responses=problems_of("not_signed_in", "not_allowed", "unknown_group", "invalid_group", "invalid_business"),
)


class Group(BaseModel):
    """A name for some businesses."""

    group: str
    name: str
    businesses: list[str]


class NewGroup(Given):
    """A group to be; without a name it has its slug for one."""

    group: Slug
    name: Name | None = None
    businesses: Members = Field(default_factory=list)


class GroupChange(Given):
    """What to change; what is left out stays. `businesses` are all that are in it from then on."""

    name: Name | None = None
    businesses: Members | None = None


@router.get("", operation_id="agency_list_groups")
def list_groups(panel: ThePanel) -> list[Group]:
    """All of them, by name."""
    return [_of(each) for each in panel.home.groups.all()]


@router.post("", operation_id="agency_add_group", status_code=201)
def add_group(panel: ThePanel, viewer: SignedIn, body: NewGroup) -> Group:
    """Make one."""
    made = panel.home.groups.make(body.group, name=body.name or "", business_ids=body.businesses, actor=viewer.actor)
    return _of(made)


@router.get("/{group_id}", operation_id="agency_get_group")
def get_group(panel: ThePanel, group_id: GroupId) -> Group:
    """One of them."""
    return _of(panel.home.groups.get(group_id))


@router.patch("/{group_id}", operation_id="agency_change_group")
def change_group(panel: ThePanel, viewer: SignedIn, group_id: GroupId, body: GroupChange) -> Group:
    """Rename it, or say who is in it."""
    return _of(panel.home.groups.change(group_id, name=body.name, business_ids=body.businesses, actor=viewer.actor))


@router.delete("/{group_id}", operation_id="agency_remove_group")
def remove_group(panel: ThePanel, viewer: SignedIn, group_id: GroupId) -> Group:
    """Forget it; what it was. Its businesses, and what was given to them, stay."""
    return _of(panel.home.groups.remove(group_id, actor=viewer.actor))


def members_of(panel: Panel, asker: Asker, group_id: str) -> frozenset[str]:
    """Who is in it, for whoever lists businesses by group."""
    if not may(asker, "manage_groups"):
        raise NotAllowed("Groups of businesses are for people of the agency; ask without one")
    return frozenset(panel.home.groups.get(group_id).business_ids)


def _of(group: Stored) -> Group:
    return Group(group=group.group_id, name=group.name, businesses=list(group.business_ids))
