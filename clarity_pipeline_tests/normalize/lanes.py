"""A lane for these tests, and the way from what was sent to its rows."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.clarity.dimensions import SLICES, Slice
from clarity_pipeline.clarity.window import window
from clarity_pipeline.normalize.normalize import Lane, normalize
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline_tests.clarity.made_up import body

FETCHED_AT = datetime(2026, 11, 2, 0, 5, tzinfo=UTC)
LOADED_AT = datetime(2026, 11, 2, 0, 6, tzinfo=UTC)


def lane(*, asked: Slice = SLICES["url_device"], fetched_at: datetime = FETCHED_AT, kept: tuple[str, ...] = ()) -> Lane:
    start, end = window(fetched_at, 1)
    return Lane(
        business_id="shop",
        date=date(2026, 11, 1),
        slice=asked,
        window_start=start,
        window_end=end,
        fetched_at=fetched_at,
        num_of_days=1,
        pages=PageIdentity(kept_parameters=frozenset(kept)),
        loaded_at=LOADED_AT,
    )


def table(sent: object, **of_lane: Any) -> pa.Table:
    into = lane(**of_lane)
    return normalize(parse(body(sent), asked=into.slice), lane=into)


def loaded(sent: object, **of_lane: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table(sent, **of_lane).to_pylist()
    return rows


def by_url(sent: object, **of_lane: Any) -> dict[str | None, dict[str, Any]]:
    """Rows by URL, for answers with one device."""
    rows = loaded(sent, **of_lane)
    found = {row["url"]: row for row in rows}
    assert len(found) == len(rows)
    return found
