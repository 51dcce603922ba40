"""Which days of a dashboard cannot be compared: consent is lost, and each page view counts as a visit. Called by `dashboard`."""

from collections.abc import Sequence
from datetime import date, timedelta

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.trust.country_regime import TOLERANCE, counts_anew, moved, part_of
from clarity_pipeline.trust.regime import Event
from clarity_pipeline.warehouse.published.panel_copy import regimes


def events_of(state: StateDatabase, business_id: str) -> list[Event]:
    """Its regime events as the panel's copy has them, oldest first."""
    return [Event(**row) for row in regimes(state, [business_id]).get(business_id, ())]


def why_apart(events: Sequence[Event], dates: Sequence[date]) -> str | None:
    """Why these dates and as many before them cannot be compared; None where they can, or what counts anew is little."""
    before = [day - timedelta(days=len(dates)) for day in dates]
    for event in events:
        if event.kind == "consent_missing" and moved(event, dates, against=before) > TOLERANCE:
            said = counts_anew(event, dates[-1], share=event.share)
            return f"not to be compared with the {len(dates)} days before: {said}"
    return None


def counted_anew(events: Sequence[Event], dates: Sequence[date]) -> list[str]:
    """The evidence of each loss of consent that has a day of the span."""
    found = [event for event in events if event.kind == "consent_missing" and part_of(event, dates)]
    said = [event.evidence if event.country else f"since {event.started_on} {event.evidence}" for event in found]
    return [f"{each[:1].upper()}{each[1:]}." for each in said]
