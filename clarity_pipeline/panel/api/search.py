"""The search of the header as JSON, behind both doors: what the asker may see, and no more."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.api.openapi import problems_of
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views.global_search import LONGEST_QUERY, Kind, search

Find = Annotated[str, Query(max_length=LONGEST_QUERY, description="Every word must be found; without case and accents.")]


class Found(BaseModel):
    """Something that was found; `path` is its page in the panel."""

    kind: Kind
    name: str
    about: str = Field(description="What else is known of it, such as whose it is.")
    path: str


def search_everything(panel: ThePanel, viewer: SignedIn, find: Find) -> list[Found]:
    """At most ten of each kind, the best first."""
    return [
        Found(kind=each.kind, name=hit.name, about=hit.about, path=hit.href)
        for each in search(panel, viewer, find)
        for hit in each.hits
    ]


def search_routers() -> tuple[APIRouter, ...]:
    """Behind each door."""
    agency = APIRouter(prefix="/api/v1/search", tags=["agency"], dependencies=[guard("use_agency_api"), guard("search")])
    portal = APIRouter(prefix="/api/v1/portal/search", tags=["portal"], dependencies=[guard("use_portal_api"), guard("search")])
    for door, router in (("agency", agency), ("portal", portal)):
        router.add_api_route(
            "",
            search_everything,
            methods=["GET"],
            operation_id=f"{door}_search",
            responses=problems_of("not_signed_in", "not_allowed"),
        )
    return agency, portal
