"""The Changes place of a business: what was changed on its site and when, marked by hand here or by a deployment script."""

import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.access.policy import Viewer, may
from clarity_pipeline.panel.pages.doors import Text, form_again, typed_again
from clarity_pipeline.panel.panel import Panel, ThePanel
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.web.rendering import render, see_other
from clarity_pipeline.rules.markers.markers import (
    LONGEST_NOTE,
    LONGEST_URL,
    InvalidMarker,
    Markers,
    UnknownMarker,
    markers_of,
)

router = APIRouter(include_in_schema=False)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d")
_SHOWN = 200


@router.get("/businesses/{business_id}/changes", dependencies=[guard("see_business")])
def changes(request: Request, panel: ThePanel, viewer: SignedIn, business_id: str) -> Response:
    """The newest first, and the form that marks another."""
    return render(request, "changes.html", problem=None, **_view(panel, viewer, business_id))


@router.post("/businesses/{business_id}/changes", dependencies=[guard("mark_changes")])
def mark_change(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    business_id: str,
    day: Text = "",
    time: Text = "",
    url: Text = "",
    note: Text = "",
) -> Response:
    """Keep it; the same one again is the one that is there."""
    business = panel.home.connections.get(business_id)
    try:
        Markers(panel.home.state, clock=panel.clock).add(
            business, url=url.strip() or None, at=_instant(day.strip(), time.strip()), note=note, author=viewer.actor
        )
    except InvalidMarker as error:
        typed = {
            "day": typed_again(day, longest=10),
            "time": typed_again(time, longest=5),
            "url": typed_again(url, longest=LONGEST_URL),
            "note": typed_again(note, longest=LONGEST_NOTE),
        }
        return form_again(request, "changes.html", error, **_view(panel, viewer, business_id) | {"typed": typed})
    return see_other(request, _here(business_id), notice="Marked. Rules that look at changes compare the days after it.")


@router.post("/businesses/{business_id}/changes/{marker_id}/remove", dependencies=[guard("take_back_markers")])
def take_back(request: Request, panel: ThePanel, business_id: str, marker_id: str) -> Response:
    """Take a marker back; it stays in the history, and nothing looks at it any more."""
    if not (marker_id.isdecimal() and len(marker_id) < 10):
        raise UnknownMarker("There is no such marker of this business, or it was removed")
    taken = Markers(panel.home.state, clock=panel.clock).remove(int(marker_id), business_id=business_id)
    return see_other(request, _here(business_id), notice=f"Taken back: {taken.note}")


def _view(panel: Panel, viewer: Viewer, business_id: str) -> dict[str, Any]:
    view = place_view(panel.home, viewer, business_id)
    with panel.home.state.read() as connection:
        found = markers_of(connection, [business_id]).get(business_id, ())
    today = panel.clock().date().isoformat()
    return view | {
        "marks": found[::-1][:_SHOWN],
        "typed": {"day": today, "time": "", "url": "", "note": ""},
        "may_mark": may(viewer, "mark_changes", business_id),
        "longest": LONGEST_NOTE,
    }


def _instant(day: str, time: str) -> datetime:
    """In UTC; a date alone is its middle, which is on that date in most of the world."""
    if not _DAY.fullmatch(day) or (time and not _TIME.fullmatch(time)):
        raise InvalidMarker("a change has a date, such as 2026-11-20, and may have a time, such as 14:30", field="day")
    try:
        return datetime.fromisoformat(f"{day}T{time or '12:00'}").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidMarker("there is no such date or time", field="day") from None


def _here(business_id: str) -> str:
    return f"/businesses/{business_id}/changes"
