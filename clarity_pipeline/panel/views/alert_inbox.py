"""What the inbox of alerts shows, over all businesses of the viewer or for one of them. Called by `pages.alerts`.

A client is not told who at the agency answered, or whose an alert is. The filters offer what there is, so that no choice is empty
for want of alerts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from clarity_pipeline.alerts.answer_log import OUTCOME_WORDS, OUTCOMES, PLACES, Place
from clarity_pipeline.alerts.inbox import KEPT_IN_VIEW, Inbox, InboxAlert, Wanted, in_view, inbox
from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Asker, Viewer, may
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.panel import panel_users
from clarity_pipeline.state.schema.rules import rules

AGENCY = "your agency"
SEVERITIES = ("critical", "warning", "info")
SNOOZES = {"1": "1 day", "3": "3 days", "7": "1 week", "14": "2 weeks", "30": "30 days"}

PLACE_WORDS: dict[Place, str] = {
    "open": "Open",
    "acknowledged": "Acknowledged",
    "silenced": "Silenced",
    "resolved": "Resolved",
}


@dataclass(frozen=True, slots=True)
class AskedAlerts:
    """What the address of an inbox asks for; what it does not know it takes as unasked."""

    path: str
    place: Place = "open"
    business: str = ""
    severity: str = ""
    rule: str = ""
    mine: str = ""
    outcome: str = ""
    page: int = 1

    @classmethod
    def of(cls, path: str, **given: str) -> "AskedAlerts":
        """From the query, each value checked."""
        page = given.get("page", "")
        outcome = given.get("outcome", "")
        return cls(
            path,
            place=next((each for each in PLACES if each == given.get("place")), "open"),
            business=given.get("business", "") if is_slug(given.get("business", "")) else "",
            severity=given.get("severity", "") if given.get("severity") in SEVERITIES else "",
            rule=given.get("rule", "") if given.get("rule", "").isprintable() else "",
            mine="yes" if given.get("mine") == "yes" else "",
            outcome=outcome if outcome in {"none", *OUTCOMES} else "",
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 and int(page) else 1,
        )

    def href(self, **other: str | int) -> str:
        """The same, asked for something else; what is usual is left out, and another question begins at its first page."""
        named = {name: getattr(self, name) for name in ("place", "business", "severity", "rule", "mine", "outcome")}
        wanted = {**named, "page": 1, **other}
        if wanted["place"] != "resolved":
            wanted["outcome"] = ""
        unusual = {name: value for name, value in wanted.items() if value not in ("", "open", 1)}
        return f"{self.path}?{urlencode(unusual)}" if unusual else self.path


def alerts_seen(home: Home, asker: Asker, wanted: Wanted) -> Inbox:
    """A page of the alerts that the asker may see, without what is not theirs to know."""
    if asker.business_ids and not asker.is_agency:
        own = set(asker.business_ids)
        wanted = replace(wanted, business_ids=own if wanted.business_ids is None else own & set(wanted.business_ids))
    elif not asker.is_agency:
        wanted = replace(wanted, business_ids=())
    found = inbox(home.state, wanted, now=home.clock())
    return found if asker.is_agency else replace(found, alerts=tuple(_of_agency(each) for each in found.alerts))


def inbox_view(home: Home, viewer: Viewer, asked: AskedAlerts, *, business_id: str | None = None) -> dict[str, Any]:
    """The context of `alert_inbox.html`."""
    only = business_id or asked.business
    wanted = Wanted(
        business_ids=[only] if only else None,
        place=asked.place,
        severity=asked.severity or None,
        rule_id=asked.rule or None,
        assigned_to=viewer.user_id if asked.mine else None,
        outcome=asked.outcome or None if asked.place == "resolved" else None,
        page=asked.page,
    )
    return {
        "inbox": alerts_seen(home, viewer, wanted),
        "asked_alerts": asked,
        "place_words": PLACE_WORDS,
        "severities": SEVERITIES,
        "outcome_words": OUTCOME_WORDS,
        "of_one": business_id is not None,
        "days_in_view": KEPT_IN_VIEW.days,
        **_choices(home, viewer, business_id, asked.place),
        **deciding(home, viewer),
    }


def deciding(home: Home, viewer: Viewer) -> dict[str, Any]:
    """What the forms need with which people answer."""
    can_answer = may(viewer, "answer_alerts")
    c = panel_users.c
    colleagues: Sequence[Any] = ()
    if can_answer:
        with home.state.read() as connection:
            asked = sa.select(c.email, c.name).where(c.disabled_at.is_(None), c.role != "client").order_by(c.name, c.email)
            colleagues = connection.execute(asked).all()
    return {
        "can_answer": can_answer,
        "colleagues": colleagues,
        "snoozes": SNOOZES,
        "outcome_words": OUTCOME_WORDS,
        "typed": dict.fromkeys(("do", "to", "days", "until", "reason", "outcome", "note", "number"), ""),
        "chosen": (),
        "problem": None,
    }


def _choices(home: Home, viewer: Viewer, business_id: str | None, place: Place) -> dict[str, Any]:
    """The businesses and rules of which there can be an alert at the place, by what they are called."""
    a = alerts.c
    which = [a.state != "pending", in_view(place, home.clock())]
    if business_id is not None:
        which.append(a.business_id == business_id)
    elif not viewer.is_agency:
        which.append(a.business_id.in_(viewer.business_ids))
    names, document = business_config.c, rules.c.document
    of_business = sa.select(a.business_id, names.name).outerjoin(business_config, names.business_id == a.business_id)
    with home.state.read() as connection:
        businesses = connection.execute(of_business.where(*which).distinct()).all()
        ids = connection.scalars(sa.select(a.rule_id).where(*which).distinct()).all()
        named = {row.rule_id: row.document for row in connection.execute(sa.select(rules.c.rule_id, document))}
    return {
        "businesses": sorted(((row[0], row[1] or row[0]) for row in businesses), key=lambda each: each[1].casefold()),
        "rule_names": sorted(((each, (named.get(each) or {}).get("name", each)) for each in ids), key=lambda each: each[1]),
    }


def _of_agency(each: InboxAlert) -> InboxAlert:
    """An alert as a client may see it."""
    return replace(
        each,
        acknowledged_by=AGENCY if each.acknowledged_by else None,
        assigned_to=None,
        assignee=None,
        closed_by=AGENCY if each.closed_by else None,
    )
