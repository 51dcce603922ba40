"""Pairs of answers made up for the tests of what is recovered from them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.dimensions import SLICES, Slice
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.clarity.recoverable import DaysLate
from clarity_pipeline.normalize.difference import Recovered, RecoveredLane, subtract_answers
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import EVENTS, Site
from clarity_pipeline_tests.clarity.made_up import body

A, B, C = "https://shop.example/a", "https://shop.example/b", "https://shop.example/c"
URL_DEVICE = SLICES["url_device"]
DAY = date(2026, 11, 1)
AT = datetime(2026, 11, 3, 0, 5, tzinfo=UTC)
AVERAGES = [each.column for each in MEASURES if each.fold == "mean"]
EVENT_OF = {each.group: each.column for each in MEASURES if each.fields == ("subTotal",)}
AFFECTED: dict[str, str] = {event: event.removesuffix("s") + "_sessions" for event in EVENTS}


def lane(
    *,
    day: date = DAY,
    days_late: DaysLate = 1,
    asked: Slice = URL_DEVICE,
    minuend_at: datetime = AT,
    subtrahend_at: datetime = AT,
    kept: tuple[str, ...] = (),
    pages: PageIdentity | None = None,
) -> RecoveredLane:
    return RecoveredLane(
        business_id="shop",
        date=day,
        slice=asked,
        days_late=days_late,
        minuend_fetched_at=minuend_at,
        subtrahend_fetched_at=subtrahend_at,
        pages=pages or PageIdentity(kept_parameters=frozenset(kept)),
        loaded_at=AT + timedelta(minutes=1),
    )


def difference(longer: object, shorter: object, **of_lane: Any) -> Recovered:
    into = lane(**of_lane)
    return subtract_answers(parse(body(longer), asked=into.slice), parse(body(shorter), asked=into.slice), lane=into)


def by_url(recovered: Recovered) -> dict[str | None, dict[str, Any]]:
    found = {row["url"]: row for row in recovered.rows.to_pylist()}
    assert len(found) == recovered.rows.num_rows
    return found


def asked(clarity: FakeClarity, site: Site, *, num_of_days: int, at: datetime) -> Answer:
    sent = clarity.answer(site.project_id, dimensions=("URL", "Device"), num_of_days=num_of_days, at=at)
    return parse(sent, asked=URL_DEVICE)
