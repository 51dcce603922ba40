"""Everything that the page of one business shows, gathered once for the viewer who asks. Called by `pages.connection`.

A client sees less: another business's name, or who at the agency did something, is not theirs to know. Nothing is decided or
changed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from clarity_pipeline.calls.held_back import held_back, is_released
from clarity_pipeline.calls.quota import Slot
from clarity_pipeline.calls.token_test import allowance
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.clarity.measures import MEASURE, MEASURES
from clarity_pipeline.connections.audit import PIPELINE, AuditLog, Entry
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.status import connection_status
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.views.dashboard import METRICS, PAGE_EVENTS, SPANS, dashboard
from clarity_pipeline.panel.views.findings import data_of, findings
from clarity_pipeline.panel.views.sorting import in_order
from clarity_pipeline.panel.views.sync_grid import sync_grid
from clarity_pipeline.panel.views.wording import ADVICE, lane, purpose
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.rules import rules
from clarity_pipeline.trust.found import Found
from clarity_pipeline.warehouse.published.published_days import PublishedDay
from clarity_pipeline.warehouse.published.worst_urls import WorstUrl

URLS_SHOWN = 20
RECENT_ALERTS = 20
RECENT_HISTORY = 25

URL_SORTS = ("url", "sessions", "affected_sessions", *(each.name for each in PAGE_EVENTS))
DAY_SORTS = ("date", "sessions", *(each.name for each in METRICS["site"]))


@dataclass(frozen=True, slots=True)
class ShownSlot:
    """One of the ten calls of today; `what` is None while it is free."""

    number: int
    what: str | None
    lane: str
    kind: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert, under the name of its rule where that still exists; `about` is the page or ad entity, from a stranger."""

    name: str
    severity: str
    state: str
    opened_on: Any
    resolved_on: Any
    summary: str
    about: str


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One line of the history."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's address asks for beside the business; what it does not know it takes as unasked."""

    path: str
    span: int
    urls: str
    days: str

    @classmethod
    def of(cls, path: str, *, span: int, urls: str, days: str) -> "Asked":
        """From the query, each value checked."""
        return cls(
            path=path,
            span=span if span in SPANS else SPANS[0],
            urls=urls if urls.removeprefix("-") in URL_SORTS else "-affected_sessions",
            days=days if days.removeprefix("-") in DAY_SORTS else "-date",
        )

    def href(self, **other: Any) -> str:
        """The same page, asked for something else."""
        return f"{self.path}?{urlencode({'span': self.span, 'urls': self.urls, 'days': self.days} | other)}"


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


def _by_date(found: Sequence[Found]) -> dict[date, OfData]:
    days = sorted({each.date for each in found}, reverse=True)
    return {day: OfData(tuple(each for each in found if each.date == day)) for day in days}


def business_view(home: Home, viewer: Viewer, business_id: str, asked: Asked) -> dict[str, Any]:
    """The context of `business.html`."""
    yesterday = home.yesterday()
    board = dashboard(home.state, business_id, span=asked.span, yesterday=yesterday)
    shown_alerts = _alerts(home, business_id)
    connection = connection_view(home, viewer, business_id)
    return {
        **connection,
        "findings": findings(home, viewer, connection["business"]),
        "asked": asked,
        "spans": SPANS,
        "board": board,
        "urls": in_order((each for each in board.urls if each.affected_sessions), asked.urls, value=_of_page)[:URLS_SHOWN],
        "url_events": PAGE_EVENTS,
        "of_data": _by_date(data_of(home.state, viewer, business_id, from_date=board.from_date, to_date=board.to_date)),
        "days": in_order(board.days, asked.days, value=_of_day),
        "day_metrics": METRICS[board.counted],
        "grid": sync_grid(home.jobs.list(business_id=business_id), yesterday=yesterday),
        "open_alerts": [each for each in shown_alerts if each.state == "firing"],
        "past_alerts": [each for each in shown_alerts if each.state == "resolved"][:RECENT_ALERTS],
        "history": [_entry(each, viewer) for each in _entries(home, viewer, business_id)],
    }


def _of_day(day: PublishedDay, name: str) -> Any:
    return day.date if name == "date" else day.number(name)


def _of_page(page: WorstUrl, name: str) -> Any:
    return page.events[name] if name in page.events else getattr(page, name)


def connection_view(home: Home, viewer: Viewer, business_id: str) -> dict[str, Any]:
    """The part that stands in the connection card: all that its forms need."""
    status = connection_status(home.state, business_id, clock=home.clock)
    business = status.business
    return {
        "connection": status,
        "business": business,
        "advice": ADVICE[status.badge.word],
        "allowance": allowance(home.capture, business_id, purpose="test" if viewer.is_agency else "portal"),
        "slots": _slots(home, viewer, business),
        "calls_a_day": CALLS_A_DAY,
        "is_held_back": viewer.is_agency
        and any(not is_released(job, business.site) for job in held_back(home.state, [business_id])),
        "shares_with": home.connections.shares_quota_with(business_id) if viewer.is_agency else (),
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


def _alerts(home: Home, business_id: str) -> list[ShownAlert]:
    with home.state.read() as connection:
        names = {row.rule_id: row.document.get("name", row.rule_id) for row in connection.execute(sa.select(rules))}
        query = (
            sa.select(alerts).where(alerts.c.business_id == business_id).order_by(alerts.c.opened_on.desc(), alerts.c.alert_id)
        )
        return [
            ShownAlert(
                names.get(row.rule_id, row.rule_id),
                row.severity,
                row.state,
                row.opened_on,
                row.resolved_on,
                row.summary,
                about=row.entity_name or row.entity,
            )
            for row in connection.execute(query)
        ]


def _entries(home: Home, viewer: Viewer, business_id: str) -> Sequence[Entry]:
    entries = AuditLog(home.state).entries(business_id, limit=RECENT_HISTORY)
    return [each for each in entries if viewer.is_agency or each.action != "shared_allowed"]  # it names the others


def _entry(entry: Entry, viewer: Viewer) -> ShownEntry:
    where, _, who = entry.actor.partition(":")
    if entry.actor == PIPELINE:
        shown = "Automatically"
    elif viewer.is_agency or where == "portal":
        shown = who or where
    else:
        shown = "Your agency"
    return ShownEntry(entry.at, shown, entry.sentence)
