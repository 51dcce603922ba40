"""Regime events of businesses, told anew from their days: what the asset `clarity_regime_events` and `replay` call.

The folds are `trust.regime` and, by country, `trust.country_regime`, the rows are `warehouse.regime`; `rules.engine.evaluate`
says which rules have no answer meanwhile.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from functools import cache
from math import log
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from clarity_pipeline.connections.audit import AuditLog, Entry
from clarity_pipeline.connections.business import Business
from clarity_pipeline.trust import country_regime as fold_of_countries
from clarity_pipeline.trust import lost_consent
from clarity_pipeline.trust import regime as fold_of_sites
from clarity_pipeline.trust.country_regime import country_events
from clarity_pipeline.trust.last_days import LastDays
from clarity_pipeline.trust.lost_consent import CHANCE, CountryDay
from clarity_pipeline.trust.regime import CONSENT_PAGES_LEFT, LEAST_NORMAL_DAYS, Day, Event, fold
from clarity_pipeline.warehouse import regime
from clarity_pipeline.warehouse.days import newest_date
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_READ = (
    "statements/regime_days",
    "statements/regime_countries",
    "statements/regime_country_dates",
    *(f"marts/{name}" for name in ("business_day", "host_day", "url_day")),
)

_ABOUT = timedelta(days=2)
"""A token that was changed so near to the first day on another host is likely the cause."""

_ENTRIES_READ = 1000

PERHAPS_LEFT = 1.2 * CONSENT_PAGES_LEFT
"""A country with so little of its surplus on some days is looked at day by day; four calendar weeks are not quite its normal
days."""


def tell_regimes(connection: "DuckDBPyConnection", known: Iterable[Business], *, audit: AuditLog) -> int:
    """Write the events of each business whose days changed since they were told; how many businesses that were.

    A pure function of a business's days and of what people did to it: with the days of before it would be the events of before.
    Of days behind one another only the last are read again, and what began before them stays as it was told (`last_days`).
    """
    businesses = {each.business_id: each for each in known}
    digests = {business_id: _digest(business) for business_id, business in businesses.items()}
    newest = newest_date(connection) or date.min
    last = LastDays.before(newest)
    told_by, changed = regime.told_by(connection), regime.changed(connection)
    first_days = {name: day for name, day in changed.items() if name in businesses}
    stored: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in regime.all_events(connection):
        stored[event["business_id"]].append(event)
        if event["kind"] == "site_host" and event["started_on"] >= last.told_from and event["business_id"] in businesses:
            first_days.setdefault(event["business_id"], newest)  # it names what people do about it, before it and since
    anew = {name for name in businesses if told_by.get(name) != digests[name]}
    asked = sorted(anew | first_days.keys())
    if not asked:
        return 0
    enough = regime.days_known(connection, sorted(first_days.keys() - anew), since=last.read_from)
    going_on = {
        name
        for name, first in first_days.items()
        if name not in anew and last.are_enough(enough, name, first_changed=first, stored=stored[name])
    }
    wholly = {name: businesses[name] for name in asked if name not in going_on}
    told = _events(connection, wholly, audit=audit) if wholly else {}
    if going_on:
        lately = _events(connection, {name: businesses[name] for name in sorted(going_on)}, audit=audit, last=last, stored=stored)
        told |= {name: [*last.begun_before(stored[name]), *last.begun_since(found)] for name, found in lately.items()}
    regime.replace_events(connection, told, told_by=digests)
    return len(asked)


def _digest(business: Business) -> str:
    """What events follow from besides the days: what a person said of the business, and the code that tells them."""
    told = (_code(), *map(statement, _READ))
    return hashlib.sha256(repr((*_said_of(business), told)).encode()).hexdigest()


@cache
def _code() -> str:
    """Of the folds, as they are written: nobody has to remember that the past is told by other rules now."""
    files = (Path(str(module.__file__)) for module in (fold_of_sites, fold_of_countries, lost_consent))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _said_of(business: Business) -> tuple[date, tuple[date, ...]]:
    return (business.connected_at or business.created_at).date(), tuple(business.site.moved_on if business.site else ())


def _events(
    connection: "DuckDBPyConnection",
    businesses: Mapping[str, Business],
    *,
    audit: AuditLog,
    last: LastDays | None = None,
    stored: Mapping[str, Iterable[dict[str, Any]]] = MappingProxyType({}),
) -> dict[str, list[dict[str, Any]]]:
    """By business, out of all days, or out of the `last` ones alone, beside what was told of those before."""
    since = last.read_from if last else date.min
    history: dict[str, list[Day]] = defaultdict(list)
    for row in regime.days(connection, sorted(businesses), since=since):
        hosts = tuple((host["host"], host["sessions"]) for host in row["hosts"])
        day = Day(row["date"], row["sessions"], row["bot_sessions"], row["pages_per_session"], hosts)
        history[row["business_id"]].append(day)
    events = {
        business_id: fold(history[business_id], connected_on=connected_on, moved_on=moved_on)
        for business_id, business in businesses.items()
        for connected_on, moved_on in [_said_of(business)]
    }
    of_sites = events
    if last:
        before = {name: [_event(each) for each in last.begun_before(stored[name]) if each["country"] is None] for name in events}
        since_then = {name: [each for each in found if each.started_on >= last.told_from] for name, found in events.items()}
        of_sites = {name: (*before[name], *since_then[name]) for name in events}
    for business_id, found in _of_countries(connection, of_sites, since=since).items():
        events[business_id] = tuple(sorted([*events[business_id], *found], key=lambda event: (event.started_on, event.kind)))
    told = {business_id: _with_changes(audit, business_id, found) for business_id, found in events.items()}
    return {name: [asdict(event) for event in found] for name, found in told.items()}


def _event(row: Mapping[str, Any]) -> Event:
    return Event(**{name: value for name, value in row.items() if name != "business_id"})


def _of_countries(
    connection: "DuckDBPyConnection", of_sites: Mapping[str, Iterable[Event]], *, since: date
) -> dict[str, list[Event]]:
    """What happened in some countries alone, by business, beside the events of the whole site."""
    business_ids = sorted(of_sites)
    countries: dict[str, dict[str, list[CountryDay]]] = defaultdict(lambda: defaultdict(list))
    limits: dict[str, Any] = {"left": PERHAPS_LEFT, "evidence": -log(CHANCE), "least_days": LEAST_NORMAL_DAYS}
    for row in regime.country_days(connection, business_ids, since=since, **limits):
        facts = {name: value for name, value in row.items() if name not in ("business_id", "country")}
        countries[row["business_id"]][row["country"]].append(CountryDay(**facts))
    sessions: dict[str, dict[date, int]] = defaultdict(dict)
    for row in regime.country_dates(connection, sorted(countries), since=since):
        sessions[row["business_id"]][row["date"]] = row["sessions"]
    return {
        business_id: country_events(sessions[business_id], days, of_site=of_sites[business_id])
        for business_id, days in countries.items()
    }


def _with_changes(audit: AuditLog, business_id: str, events: Iterable[Event]) -> list[Event]:
    """The events; beside one of another host, what was done to the connection at about that time."""
    found = list(events)
    if not any(event.kind == "site_host" for event in found):
        return found
    entries = audit.entries(business_id, limit=_ENTRIES_READ)
    return [
        replace(event, evidence=f"{event.evidence}; {changes_about(entries, event.started_on)}")
        if event.kind == "site_host"
        else event
        for event in found
    ]


def changes_about(entries: Sequence[Entry], day: date) -> str:
    """Whether token or project ID were changed at about a date, in words."""
    said = [
        f"{what} on {entry.at:%Y-%m-%d}"
        for entry in reversed(entries)
        for what in [_what_changed(entry)]
        if what and abs(entry.at.date() - day) <= _ABOUT
    ]
    return ", ".join(dict.fromkeys(said)) or "neither its token nor its project ID was changed then"


def _what_changed(entry: Entry) -> str | None:
    if entry.action == "token_replaced" and "same" not in entry.detail:
        return "its token was replaced"
    if entry.action == "connected":
        return "it was connected"
    if entry.action == "updated" and "project_id" in entry.detail.get("fields", ()):
        return "its project ID was changed"
    return None
