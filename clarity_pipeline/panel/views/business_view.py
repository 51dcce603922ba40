"""What the places of one business show, each gathered for the viewer who asks. Called by `pages.places` and its neighbours.

A client sees less: another business's name, or who at the agency did something, is not theirs to know. Nothing is decided or
changed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clarity_pipeline.clarity.measures import MEASURE, MEASURES
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.status import connection_status
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.views.alert_list import count_open, open_alerts
from clarity_pipeline.panel.views.asked import Asked
from clarity_pipeline.panel.views.breakdown_tables import tables
from clarity_pipeline.panel.views.dashboard import SPANS, Dashboard, dashboard
from clarity_pipeline.panel.views.findings import data_of, findings
from clarity_pipeline.panel.views.known_days import known_of
from clarity_pipeline.panel.views.navigation import places_of
from clarity_pipeline.panel.views.page_over_time import page_over_time
from clarity_pipeline.panel.views.shown_metrics import METRICS, PAGE_EVENTS
from clarity_pipeline.panel.views.sorting import in_order
from clarity_pipeline.panel.views.wording import ADVICE
from clarity_pipeline.trust.found import Found
from clarity_pipeline.warehouse.published.breakdowns import breakdowns
from clarity_pipeline.warehouse.published.published_days import PublishedDay, published_days
from clarity_pipeline.warehouse.published.worst_urls import EVENTS, WorstUrl, worst_urls

URLS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class OfData:
    """What is known of the numbers of one date."""

    found: tuple[Found, ...]

    def about(self, column: str) -> str:
        """Sentences on one number of the date, also where it is its sessions or its whole metric that is concerned."""
        measure = MEASURE[column]
        columns = {each.column for each in MEASURES if each.group == measure.group and measure.group != "Traffic"} | {column}
        return "; ".join(
            each.sentence
            for each in self.found
            if each.metric and (each.metric in columns or each.metric.partition(".")[0] == measure.group)
        )


def place_view(home: Home, viewer: Viewer, business_id: str, *, asked: Asked | None = None) -> dict[str, Any]:
    """What `place.html` needs: the head that all places of a business share, and the way to the others."""
    status = connection_status(home.state, business_id, clock=home.clock)
    here = f"/businesses/{business_id}"
    return {
        "connection": status,
        "business": status.business,
        "advice": ADVICE[status.badge.word],
        "here": here,
        "places": places_of(viewer, business_id),
        "asked": asked or Asked(path=here),
        "spans": SPANS,
        "last_day": home.yesterday(),
        "open_count": count_open(home.state, business_id),
    }


def numbers_view(home: Home, viewer: Viewer, business_id: str, *, asked: Asked) -> dict[str, Any]:
    """The numbers of the span, and what is known of them; for the Overview."""
    board = _board(home, business_id, asked)
    found = data_of(home.state, viewer, business_id, from_date=board.from_date, to_date=board.to_date)
    return {
        "board": board,
        "of_data": _by_date(found),
        "known": _newest(found),
        "days": in_order(board.days, asked.days, value=_of_day),
        "day_metrics": METRICS[board.counted],
    }


def attention_view(home: Home, viewer: Viewer, business: Business) -> dict[str, Any]:
    """What needs somebody, and apart from it what is only worth knowing; for the Overview."""
    found = findings(home, viewer, business)
    return {
        "findings": [each for each in found if each.severity != "note"],
        "notes": [each for each in found if each.severity == "note" and not each.is_of_data],
        "open_alerts": open_alerts(home.state, business.business_id),
    }


def pages_view(home: Home, business_id: str, *, asked: Asked) -> dict[str, Any]:
    """The pages where most visits met trouble; for Pages."""
    dates = _dates(home, asked)
    found, days = worst_urls(home.state, business_id, **dates), published_days(home.state, business_id, **dates)
    met = (each for each in found if each.affected_sessions or any(each.events.values()))
    return {
        **dates,
        "has_days": bool(days),
        "urls": in_order(met, asked.urls, value=_of_page)[:URLS_SHOWN],
        "url_events": PAGE_EVENTS,
        "events_counted": sum(day.number(name) or 0 for day in days for name in EVENTS),
    }


def page_view(home: Home, business_id: str, *, asked: Asked) -> dict[str, Any]:
    """One page over the span; for its own place."""
    dates = _dates(home, asked)
    return {**dates, **page_over_time(home.state, business_id, asked.url, **dates), "url_events": PAGE_EVENTS}


def breakdown_view(home: Home, business_id: str, *, asked: Asked) -> dict[str, Any]:
    """Where visits come from and what they are made with; for Breakdown."""
    dates = _dates(home, asked)
    every = [dates["from_date"] + timedelta(days=each) for each in range(asked.span)]
    known = known_of(home.state, business_id, from_date=dates["from_date"], to_date=dates["to_date"])
    return {
        **dates,
        "has_days": bool(published_days(home.state, business_id, **dates)),
        "tables": tables(breakdowns(home.state, business_id, **dates), asked.groups, dates=every, known=known),
        "has_marks": bool(known.marks),
        "url_events": PAGE_EVENTS,
    }


def _board(home: Home, business_id: str, asked: Asked) -> Dashboard:
    return dashboard(home.state, business_id, span=asked.span, yesterday=asked.until or home.yesterday())


def _dates(home: Home, asked: Asked) -> dict[str, date]:
    to_date = asked.until or home.yesterday()
    return {"from_date": to_date - timedelta(days=asked.span - 1), "to_date": to_date}


def _by_date(found: Sequence[Found]) -> dict[date, OfData]:
    days = sorted({each.date for each in found}, reverse=True)
    return {day: OfData(tuple(each for each in found if each.date == day)) for day in days}


def _newest(found: Sequence[Found]) -> list[Found]:
    """The newest of each kind in each lane, which says since when: a list by day would say the same twenty times."""
    kinds: dict[tuple[str, str, str | None], Found] = {}
    for each in found:
        kind = (each.code, each.slice, each.metric)
        if kind not in kinds or each.date > kinds[kind].date:
            kinds[kind] = each
    return list(kinds.values())


def _of_day(day: PublishedDay, name: str) -> Any:
    return day.date if name == "date" else day.number(name)


def _of_page(page: WorstUrl, name: str) -> Any:
    return page.events[name] if name in page.events else getattr(page, name)
