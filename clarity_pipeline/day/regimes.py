"""Regime events of businesses, told anew from their days: what the asset `clarity_regime_events` and `replay` call.

The folds are `trust.regime` and, by country, `trust.country_regime`, the rows are `warehouse.regime`; `rules.engine.evaluate`
says which rules have no answer meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from math import log
from typing import TYPE_CHECKING

from clarity_pipeline.connections.audit import AuditLog, Entry
from clarity_pipeline.connections.business import Business
from clarity_pipeline.trust.country_regime import country_events
from clarity_pipeline.trust.lost_consent import CHANCE, CountryDay
from clarity_pipeline.trust.regime import CONSENT_PAGES_LEFT, LEAST_NORMAL_DAYS, Day, Event, fold
from clarity_pipeline.warehouse import regime

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ABOUT = timedelta(days=2)
"""A token that was changed so near to the first day on another host is likely the cause."""

_ENTRIES_READ = 1000

PERHAPS_LEFT = 1.2 * CONSENT_PAGES_LEFT
"""A country with so little of its surplus on some days is looked at day by day; four calendar weeks are not quite its normal
days."""


def tell_regimes(connection: "DuckDBPyConnection", known: Iterable[Business], *, audit: AuditLog) -> int:
    """Write the events of every business; how many there are. A pure function of its days and of what people did to it."""
    businesses = {each.business_id: each for each in known}
    history: dict[str, list[Day]] = defaultdict(list)
    for row in regime.days(connection, sorted(businesses)):
        hosts = tuple((host["host"], host["sessions"]) for host in row["hosts"])
        day = Day(row["date"], row["sessions"], row["bot_sessions"], row["pages_per_session"], hosts)
        history[row["business_id"]].append(day)
    events = {
        business_id: fold(
            history[business_id],
            connected_on=(business.connected_at or business.created_at).date(),
            moved_on=business.site.moved_on if business.site else (),
        )
        for business_id, business in businesses.items()
    }
    for business_id, found in _of_countries(connection, events).items():
        events[business_id] = tuple(sorted([*events[business_id], *found], key=lambda event: (event.started_on, event.kind)))
    told = {business_id: _with_changes(audit, business_id, found) for business_id, found in events.items()}
    return regime.replace_events(connection, {name: [asdict(event) for event in found] for name, found in told.items()})


def _of_countries(connection: "DuckDBPyConnection", of_sites: Mapping[str, Iterable[Event]]) -> dict[str, list[Event]]:
    """What happened in some countries alone, by business, beside the events of the whole site."""
    business_ids = sorted(of_sites)
    countries: dict[str, dict[str, list[CountryDay]]] = defaultdict(lambda: defaultdict(list))
    found = regime.country_days(connection, business_ids, left=PERHAPS_LEFT, evidence=-log(CHANCE), least_days=LEAST_NORMAL_DAYS)
    for row in found:
        facts = {name: value for name, value in row.items() if name not in ("business_id", "country")}
        countries[row["business_id"]][row["country"]].append(CountryDay(**facts))
    sessions: dict[str, dict[date, int]] = defaultdict(dict)
    for row in regime.country_dates(connection, sorted(countries)):
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
