"""Breakdowns and one page over time, as JSON: what the places Breakdown and Pages show. Handlers of `businesses.ROUTES`."""

from dataclasses import fields
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field, create_model

from clarity_pipeline.clarity.measures import SIGNALS
from clarity_pipeline.panel.api.documents import Page
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.warehouse.published.breakdowns import Dimension, breakdowns
from clarity_pipeline.warehouse.published.breakdowns import Group as Counted
from clarity_pipeline.warehouse.published.worst_urls import WorstUrl, page_days

BusinessId = Annotated[str, Path(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9_-]{0,62}$"}, description="The business's slug.")]
Days = Annotated[int, Query(ge=1, le=366, description="How many UTC dates, the last one yesterday.")]
Slice = Annotated[Dimension, Path(description="By what visits are told apart.")]
Url = Annotated[
    str, Query(min_length=1, max_length=4096, description="The page's whole address, as the dashboard's `worst_pages` have it.")
]


class _Group(BaseModel):
    """One value of a breakdown, from strangers: text, never a link; null where Clarity sent none. The counts are lower bounds.

    `channel` is that of a campaign, null in any other breakdown.
    """

    value: str | None
    channel: str | None
    sessions: int
    affected_sessions: int


if TYPE_CHECKING:
    Group = _Group
else:
    events = {signal.events: (int, Field(description=signal.meaning)) for signal in SIGNALS}
    Group = create_model("Group", __base__=_Group, __doc__=_Group.__doc__, **events)


class BreakdownAnswer(BaseModel):
    """Visits of pages by one thing, the commonest first; `rest` are visits of what is not named, `sessions` all of them."""

    business: str
    slice: Dimension
    from_date: date
    to_date: date
    days_with_data: int
    sessions: int
    rest: int
    groups: list[Group]


class PageDay(BaseModel):
    """A day on which the page was among the worst."""

    date: date
    page: Page


class PageOverTime(BaseModel):
    """One page, oldest day first; a day on which it was not among the worst, or had no visit, has no entry."""

    business: str
    url: str
    from_date: date
    to_date: date
    days: list[PageDay]


def get_breakdown(panel: ThePanel, business_id: BusinessId, slice: Slice, days: Days = 28) -> BreakdownAnswer:
    """What visits of the last days are made with, or where they come from."""
    span = _span(panel, business_id, days)
    found = next(each for each in breakdowns(panel.home.state, business_id, **span) if each.dimension == slice)
    return BreakdownAnswer(
        business=business_id,
        slice=slice,
        **span,
        days_with_data=found.days,
        sessions=found.sessions,
        rest=found.rest,
        groups=[Group.model_validate({**_facts(each), **each.events}) for each in found.groups],
    )


def get_page(panel: ThePanel, business_id: BusinessId, url: Url, days: Days = 28) -> PageOverTime:
    """One page of the business over the last days."""
    span = _span(panel, business_id, days)
    found = page_days(panel.home.state, business_id, url, **span)
    told = [PageDay(date=on, page=Page.model_validate({**_facts(each), **each.events})) for on, each in sorted(found.items())]
    return PageOverTime(business=business_id, url=url, **span, days=told)


def _span(panel: Panel, business_id: str, days: int) -> dict[str, date]:
    panel.home.connections.get(business_id)
    to_date = panel.home.yesterday()
    return {"from_date": to_date - timedelta(days=days - 1), "to_date": to_date}


def _facts(served: Counted | WorstUrl) -> dict[str, Any]:
    return {field.name: getattr(served, field.name) for field in fields(served)}
