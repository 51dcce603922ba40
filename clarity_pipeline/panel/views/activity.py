"""Who did what to a business, the newest first, a page at a time. For the Activity place.

A client is not told who at the agency did something, nor of what was agreed with others.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarity_pipeline.connections.audit import PIPELINE, Entry
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Viewer

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One line of it."""

    at: datetime
    who: str
    what: str


def activity_view(home: Home, viewer: Viewer, business_id: str, *, before: int | None = None) -> dict[str, Any]:
    """The context of `activity.html`; `before` is the entry above which the page ends, `older` the same of the next one."""
    found = home.audit.entries(business_id, before=before, limit=ON_A_PAGE + 1)
    entries = found[:ON_A_PAGE]
    return {
        "history": [_entry(each, viewer) for each in entries if viewer.is_agency or each.action != "shared_allowed"],
        "older": entries[-1].entry_id if len(found) > ON_A_PAGE else None,
        "is_newest": before is None,
    }


def _entry(entry: Entry, viewer: Viewer) -> ShownEntry:
    where, _, who = entry.actor.partition(":")
    if entry.actor == PIPELINE:
        shown = "Automatically"
    elif viewer.is_agency or where == "portal":
        shown = who or where
    else:
        shown = "Your agency"
    return ShownEntry(entry.at, shown, entry.sentence)
