"""What is wrong over all businesses of a list: facts of each, and the filters that count them. Called by `listing`.

Four queries however many businesses there are, none of which grows with the history: the badges, the open alerts, the findings
and the lanes of the newest date.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Literal

import sqlalchemy as sa

from clarity_pipeline.calls.sync_jobs import PARTIAL
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.connections.status import ConnectionStatus
from clarity_pipeline.home import Home
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.published import serving_dates, serving_findings
from clarity_pipeline.state.schema.rules import rules
from clarity_pipeline.trust.codes import CODE, rank
from clarity_pipeline.trust.found import found_of

TroubleName = Literal["rejected", "stale", "alerts", "findings", "partial", "all"]

URGENCY: Mapping[str, int] = MappingProxyType({"bad": 0, "warn": 1, "good": 2, "off": 3})
"""Of the tone of a badge."""

_SEVERITIES: Mapping[str, int] = MappingProxyType({"critical": 0, "warning": 1, "info": 2})
_OF_NOTE = frozenset({"error", "warning"})


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """One that lasts; `name` is its rule's, `about` the page or ad entity, from a stranger."""

    alert_id: str
    name: str
    severity: str
    about: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class Trouble:
    """Of one business: its open alerts, the worst first, the findings of the newest date, and its lanes that are missing."""

    status: ConnectionStatus
    alerts: tuple[OpenAlert, ...]
    findings: int
    missing_lanes: int
    is_misread: bool
    """A lane is loaded, and something of its answer could not be read."""
    worst_finding: str = ""
    """The sentence of the worst of the findings, with code names in it (`plain_words`)."""

    @property
    def is_partial(self) -> bool:
        """Whether the newest date came through in part."""
        return bool(self.missing_lanes) or self.is_misread

    @property
    def urgency(self) -> tuple[Any, ...]:
        """Small is worst: a connection that brings nothing, then what customers suffer, then what numbers lack; then by name."""
        worst = _SEVERITIES.get(self.alerts[0].severity, 3) if self.alerts else 3
        tone = URGENCY[self.status.badge.tone]
        is_dark = 0 if tone == 0 else 1
        name = self.status.business.name.casefold()
        return (is_dark, worst, -len(self.alerts), tone, not self.is_partial, -self.findings, name)


@dataclass(frozen=True, slots=True)
class Filter:
    """One question about a list; `name` stands in its address."""

    name: TroubleName
    label: str
    holds: Callable[[Trouble], bool]


FILTERS = (
    Filter("rejected", "Rejected", lambda each: each.status.badge.word == "reconnect"),
    Filter("stale", "Stale", lambda each: each.status.badge.word == "stale"),
    Filter("alerts", "With alerts", lambda each: bool(each.alerts)),
    Filter("findings", "With findings", lambda each: bool(each.findings)),
    Filter("partial", "In part", lambda each: each.is_partial),
    Filter("all", "All", lambda _: True),
)
FILTER: Mapping[str, Filter] = MappingProxyType({each.name: each for each in FILTERS})
ALL = "all"


def troubles(
    connection: sa.Connection, statuses: Mapping[str, ConnectionStatus], *, yesterday: date, is_agency: bool
) -> dict[str, Trouble]:
    """Of each business that has a status, by its name in addresses."""
    opened = _open_alerts(connection)
    found = _findings(connection, yesterday, is_agency=is_agency)
    lanes = _lanes(connection, yesterday)
    return {
        business_id: Trouble(
            status,
            tuple(opened.get(business_id, ())),
            found.get(business_id, (0, ""))[0],
            missing_lanes=lanes.get(business_id, (0, False))[0] if status.business.enabled else 0,
            is_misread=lanes.get(business_id, (0, False))[1],
            worst_finding=found.get(business_id, (0, ""))[1],
        )
        for business_id, status in statuses.items()
    }


def in_trouble(home: Home, statuses: Iterable[ConnectionStatus], name: TroubleName, *, is_agency: bool) -> list[ConnectionStatus]:
    """Those that the filter of that name leaves, the worst first."""
    with home.state.read() as connection:
        by_name = {each.business.business_id: each for each in statuses}
        found = troubles(connection, by_name, yesterday=home.yesterday(), is_agency=is_agency).values()
    return [each.status for each in sorted(filter(FILTER[name].holds, found), key=lambda each: each.urgency)]


def counted(of: Collection[Trouble]) -> dict[str, int]:
    """How many each filter leaves."""
    return {each.name: sum(map(each.holds, of)) for each in FILTERS}


def _open_alerts(connection: sa.Connection) -> dict[str, list[OpenAlert]]:
    """By business, the worst first; found by the index of those that are not over."""
    names = {row.rule_id: row.document.get("name", row.rule_id) for row in connection.execute(sa.select(rules))}
    columns = alerts.c
    query = sa.select(
        columns.alert_id, columns.business_id, columns.rule_id, columns.severity, columns.entity, columns.entity_name,
        columns.opened_on,
    ).where(columns.resolved_on.is_(None), columns.state == "firing")  # fmt: skip
    found: dict[str, list[OpenAlert]] = {}
    for row in connection.execute(query):
        named = names.get(row.rule_id, row.rule_id)
        alert = OpenAlert(row.alert_id, named, row.severity, row.entity_name or row.entity, row.opened_on)
        found.setdefault(row.business_id, []).append(alert)
    for each in found.values():
        each.sort(key=lambda alert: (_SEVERITIES.get(alert.severity, 3), -alert.opened_on.toordinal(), alert.alert_id))
    return found


def _findings(connection: sa.Connection, yesterday: date, *, is_agency: bool) -> dict[str, tuple[int, str]]:
    """How many errors and warnings the newest published date has, and the worst; for a client only what a client may read."""
    newest = sa.select(sa.func.max(serving_dates.c.date)).where(serving_dates.c.date <= yesterday)
    query = sa.select(serving_findings).where(serving_findings.c.date == newest.scalar_subquery())
    found = {}
    for row in connection.execute(query):
        told = [each for each in row.findings if each["severity"] in _OF_NOTE and (is_agency or _is_for_client(each["code"]))]
        if told:
            worst = min(told, key=lambda each: (each["severity"] != "error", rank(each["code"])))
            named = {"business_id": row.business_id, "date": row.date}
            found[row.business_id] = (len(told), found_of(named | worst).sentence)
    return found


def _is_for_client(code: str) -> bool:
    return code in CODE and CODE[code].for_client


def _lanes(connection: sa.Connection, yesterday: date) -> dict[str, tuple[int, bool]]:
    """Of a date that came through in part how many of its lanes are missing, and whether one could not be read whole."""
    columns = sync_jobs.c
    loaded = sa.case((columns.loaded_at.is_not(None), columns.slice))
    query = (
        sa.select(
            columns.business_id,
            sa.func.count(sa.distinct(loaded)).label("loaded"),
            sa.func.max(sa.case((columns.reason == PARTIAL, 1), else_=0)).label("misread"),
        )
        .where(columns.date == yesterday, columns.slice.in_(list(DAILY_SLICES)))
        .group_by(columns.business_id)
    )
    rows = connection.execute(query)
    return {row.business_id: (len(DAILY_SLICES) - row.loaded if row.loaded else 0, bool(row.misread)) for row in rows}
