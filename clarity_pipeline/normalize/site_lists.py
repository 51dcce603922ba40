"""The seven lists that Clarity sends when no dimension is asked for, as rows: what it lists, in its order of size.

Called by `lane_rows`, with the answer of the `totals` slice and with any other, which may hold lists besides. The lists are short
top lists, so every row says that it is a sample. Pages and referrers are canonical like every URL here, and a referrer keeps no
parameter at all: its site is not ours to know which ones tell pages apart. Titles and other entries are masked like any label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.wire import folded
from clarity_pipeline.normalize.labels import masked_label
from clarity_pipeline.normalize.normalize import Lane
from clarity_pipeline.normalize.page_identity import PLAIN
from clarity_pipeline.normalize.page_url import page_url


@dataclass(frozen=True, slots=True)
class SiteList:
    """One list: `metric` on the wire, with the entry and its count in two fields; `keeps` where it is of our pages."""

    name: str
    metric: str
    entry: str = "name"
    count: str = "sessionsCount"
    is_url: bool = False
    keeps: bool = False


SITE_LISTS = (
    SiteList("device", "Device"),
    SiteList("country", "Country"),
    SiteList("browser", "Browser"),
    SiteList("os", "OS"),
    SiteList("page_title", "PageTitle"),
    SiteList("referrer", "ReferrerUrl", is_url=True),
    SiteList("popular_page", "PopularPages", entry="url", count="visitsCount", is_url=True, keeps=True),
)

SITE_LISTS_SCHEMA = pa.schema(
    [
        ("business_id", pa.string()),
        ("date", pa.date32()),
        ("list", pa.string()),
        ("rank", pa.int64()),
        ("entry", pa.string()),
        ("sessions", pa.int64()),
        ("is_sample", pa.bool_()),
        ("slice", pa.string()),
    ]
)


def site_lists(answer: Answer, *, lane: Lane) -> pa.Table:
    """Their rows in `SITE_LISTS_SCHEMA`, none for a list that did not come; entries that become one add up."""
    rows = [
        {
            "business_id": lane.business_id,
            "date": lane.date,
            "list": each.name,
            "rank": rank,
            "entry": entry,
            "sessions": sessions,
            "is_sample": True,
            "slice": lane.slice.name,
        }
        for each in SITE_LISTS
        if (group := answer.groups.get(each.metric)) is not None
        for rank, (entry, sessions) in enumerate(_entries(group, each, lane), start=1)
    ]
    return pa.Table.from_pylist(rows, schema=SITE_LISTS_SCHEMA)


def _entries(group: Group, each: SiteList, lane: Lane) -> Sequence[tuple[str | None, Number | None]]:
    """Largest first, as sent among equals; a count of which a part was not sent is unknown and comes last."""
    counts: dict[str | None, Number | None] = {}
    for row, count in zip(group.rows, group.numbers[each.count], strict=True):
        entry = _text(row, each.entry)
        if entry is not None:
            entry = _shown(entry, each, lane)
        known = counts.get(entry, 0)
        counts[entry] = None if known is None or count is None else known + count
    return sorted(counts.items(), key=lambda item: -1 if item[1] is None else item[1], reverse=True)


def _shown(entry: str, each: SiteList, lane: Lane) -> str:
    if not each.is_url:
        return masked_label(entry, keep_ids=lane.pages.keep_path_ids)
    return page_url(entry, lane.pages if each.keeps else PLAIN)


def _text(row: dict[str, Any], field: str) -> str | None:
    value = next((value for key, value in row.items() if folded(key) == field), None)
    return value if isinstance(value, str) else None
