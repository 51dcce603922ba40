"""What the Connection place shows: the card with its forms, the ten calls of today, the lanes of the last days."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarity_pipeline.calls.held_back import held_back, is_released
from clarity_pipeline.calls.quota import Slot
from clarity_pipeline.calls.token_test import allowance
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.connections.business import Business
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.views.business_view import place_view
from clarity_pipeline.panel.views.sync_grid import sync_grid
from clarity_pipeline.panel.views.wording import lane, purpose


@dataclass(frozen=True, slots=True)
class ShownSlot:
    """One of the ten calls of today; `what` is None while it is free."""

    number: int
    what: str | None
    lane: str
    kind: str
    at: datetime | None


def connection_view(home: Home, viewer: Viewer, business_id: str) -> dict[str, Any]:
    """The context of `connection.html`, all that its forms need with it."""
    place = place_view(home, viewer, business_id)
    business: Business = place["business"]
    return {
        **place,
        "allowance": allowance(home.capture, business_id, purpose="test" if viewer.is_agency else "portal"),
        "slots": _slots(home, viewer, business),
        "calls_a_day": CALLS_A_DAY,
        "is_held_back": viewer.is_agency
        and any(not is_released(job, business.site) for job in held_back(home.state, [business_id])),
        "shares_with": home.connections.shares_quota_with(business_id) if viewer.is_agency else (),
        "grid": sync_grid(home.jobs.list(business_id=business_id), yesterday=home.yesterday()),
    }


def _slots(home: Home, viewer: Viewer, business: Business) -> list[ShownSlot]:
    spent = {slot.slot: slot for slot in home.quota.slots(business.quota_key)} if business.quota_key else {}
    return [_slot(number, spent.get(number), viewer, business) for number in range(1, CALLS_A_DAY + 1)]


def _slot(number: int, slot: Slot | None, viewer: Viewer, business: Business) -> ShownSlot:
    if slot is None:
        return ShownSlot(number, None, "", "free", None)
    what = purpose(slot.purpose)
    if slot.business_id != business.business_id and slot.purpose != "external":
        what += f" of {slot.business_id}" if viewer.is_agency else " of another business"
    kind = "used" if slot.state in {"answered", "claimed"} else slot.state
    return ShownSlot(number, what, lane(slot.slice_name), kind, slot.claimed_at)
