"""The alerts that wait for people, over all businesses: by place, filtered, in pages. Reads only.

For `alerts --place`, the panel's inbox and its API. Every page is of alerts that last, or ended in the last `KEPT_IN_VIEW`:
however long a history is, it costs the same. The place is derived whenever it is asked for; what is pending is nobody's business.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.answer_log import PLACES, Place
from clarity_pipeline.alerts.people import Silence, silences_at
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import acknowledgements, alert_history, alert_standing, alerts
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.panel import panel_users
from clarity_pipeline.state.schema.rules import rules

KEPT_IN_VIEW = timedelta(days=400)
"""What ended before is found by its id."""

PER_PAGE = 50

_a, _s, _seen, _users, _names = alerts.c, alert_standing.c, acknowledgements.c, panel_users.c, business_config.c
_GRAVITY = sa.case({"critical": 0, "warning": 1}, value=_a.severity, else_=2)


@dataclass(frozen=True, slots=True)
class InboxAlert:
    """One alert as a list shows it; `entity` comes from a stranger. `assigned_to` and `assignee` are a user's number and name."""

    alert_id: str
    business_id: str
    business_name: str
    rule_id: str
    rule_name: str
    scope: str
    entity: str
    entity_name: str | None
    severity: str
    state: str
    place: Place
    opened_on: date
    last_fired_on: date
    resolved_on: date | None
    unknown_since: date | None
    summary: str
    acknowledged_by: str | None
    assigned_to: int | None
    assignee: str | None
    snoozed_until: datetime | None
    silenced_until: datetime | None
    outcome: str | None
    closed_by: str | None
    closed_at: datetime | None
    comments: int

    @property
    def about(self) -> str:
        """The page, campaign or ad, as people call it; empty for a whole business."""
        return self.entity_name or self.entity

    def document(self) -> dict[str, Any]:
        """As programs read it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the inbox is asked for. None leaves a filter out; `business_ids` None is all businesses.

    `outcome` is one of the outcomes, or `none`: over, and nobody said yet what it was.
    """

    business_ids: Collection[str] | None = None
    place: Place | None = "open"
    severity: str | None = None
    rule_id: str | None = None
    assigned_to: int | None = None
    outcome: str | None = None
    page: int = 1
    per_page: int = PER_PAGE


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page, and how many alerts that go on are in each place, whatever the other filters."""

    alerts: tuple[InboxAlert, ...]
    counts: Mapping[Place, int]
    page: int
    has_more: bool


def inbox(state: StateDatabase, wanted: Wanted, *, now: datetime) -> Inbox:
    """A page of the alerts: the gravest first, of those that are over the last first."""
    with state.read() as connection:
        holding = silences_at(connection, now)
        place = _place(holding, now)
        query = _query(place, _of(wanted, now))
        if wanted.place is not None:
            query = query.where(place == wanted.place)
        newest = sa.func.coalesce(_a.resolved_on, _a.last_fired_on).desc()
        order = (newest, _GRAVITY) if wanted.place == "resolved" else (_GRAVITY, newest)
        begins = (wanted.page - 1) * wanted.per_page
        rows = connection.execute(query.order_by(*order, _a.alert_id).offset(begins).limit(wanted.per_page + 1)).mappings().all()
        found = tuple(_alert(row, holding) for row in rows[: wanted.per_page])
        return Inbox(found, _counts(connection, wanted, place), wanted.page, len(rows) > wanted.per_page)


def alerts_at(state: StateDatabase, place: Place, *, now: datetime) -> frozenset[str]:
    """Ids of all that are at a place, however many."""
    with state.read() as connection:
        where = _place(silences_at(connection, now), now)
        asked = sa.select(_a.alert_id).select_from(_JOINED).where(_a.state != "pending", where == place)
        return frozenset(connection.scalars(asked))


def inbox_alert(connection: sa.Connection, alert_id: str, *, now: datetime) -> InboxAlert:
    """One alert by its whole id, which must be there."""
    holding = silences_at(connection, now)
    return _alert(connection.execute(_query(_place(holding, now), [_a.alert_id == alert_id])).mappings().one(), holding)


def _of(wanted: Wanted, now: datetime) -> list[sa.ColumnElement[bool]]:
    which = [_a.state != "pending", in_view(wanted.place, now), *_whose(wanted)]
    for column, value in ((_a.severity, wanted.severity), (_a.rule_id, wanted.rule_id), (_s.assigned_to, wanted.assigned_to)):
        if value is not None:
            which.append(column == value)
    if wanted.outcome is not None:
        which.append(_s.outcome.is_(None) if wanted.outcome == "none" else _s.outcome == wanted.outcome)
    return which


def in_view(place: Place | None, now: datetime) -> sa.ColumnElement[bool]:
    """Of which alerts a place can be, said so that the index finds them: only what is resolved can be over."""
    goes_on = _a.resolved_on.is_(None)
    return goes_on if place not in (None, "resolved") else sa.or_(goes_on, _a.resolved_on >= now.date() - KEPT_IN_VIEW)


def _whose(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    return [] if wanted.business_ids is None else [_a.business_id.in_(wanted.business_ids)]


def _place(holding: Collection[Silence], now: datetime) -> sa.ColumnElement[str]:
    sleeps = _s.snoozed_until > now
    is_silent = sa.or_(sleeps, *(_covers(each) for each in holding))
    return sa.case(
        (sa.or_(_a.resolved_on.is_not(None), _s.outcome.is_not(None)), "resolved"),
        (is_silent, "silenced"),
        (_seen.author.is_not(None), "acknowledged"),
        else_="open",
    )


def _covers(silence: Silence) -> sa.ColumnElement[bool]:
    """`Silence.covers`, asked of the database."""
    parts = ((_a[name], getattr(silence, name)) for name in Subject._fields)
    return sa.and_(sa.true(), *(column == value for column, value in parts if value is not None))


_JOINED = (
    alerts.outerjoin(alert_standing, _s.alert_id == _a.alert_id)
    .outerjoin(acknowledgements, _seen.alert_id == _a.alert_id)
    .outerjoin(panel_users, _users.user_id == _s.assigned_to)
    .outerjoin(business_config, _names.business_id == _a.business_id)
    .outerjoin(rules, rules.c.rule_id == _a.rule_id)
)


def _query(place: sa.ColumnElement[str], which: Collection[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    said = alert_history.c
    comments = sa.select(sa.func.count()).where(said.alert_id == _a.alert_id, said.action == "commented").scalar_subquery()
    return (
        sa.select(
            alerts,
            place.label("place"),
            _names.name.label("business_name"),
            rules.c.document.label("rule"),
            _seen.author.label("acknowledged_by"),
            *(_s.assigned_to, _s.snoozed_until, _s.outcome, _s.closed_by, _s.closed_at),
            _users.name.label("assignee"),
            comments.label("comments"),
        )
        .select_from(_JOINED)
        .where(*which)
    )


def _counts(connection: sa.Connection, wanted: Wanted, place: sa.ColumnElement[str]) -> dict[Place, int]:
    goes_on = [_a.resolved_on.is_(None), _a.state == "firing", *_whose(wanted)]
    asked = sa.select(place.label("place"), sa.func.count().label("many")).select_from(_JOINED).where(*goes_on)
    many = {row.place: row.many for row in connection.execute(asked.group_by(sa.literal_column("place")))}
    return {each: many.get(each, 0) for each in PLACES}


def _alert(row: Mapping[Any, Any], holding: Collection[Silence]) -> InboxAlert:
    subject = Subject(row["rule_id"], row["business_id"], row["scope"], row["entity"])
    said = {
        "business_name": row["business_name"] or row["business_id"],
        "rule_name": (row["rule"] or {}).get("name") or row["rule_id"],
        "silenced_until": max((each.until for each in holding if each.covers(subject)), default=None),
    }
    return InboxAlert(**{each.name: said[each.name] if each.name in said else row[each.name] for each in fields(InboxAlert)})
