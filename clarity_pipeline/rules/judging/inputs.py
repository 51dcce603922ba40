"""What rules know of businesses, read from the warehouse and the state database at once for all of them.

The live run, `rules preview` and `rules backtest` ask alike. What an ad platform says of a business does not depend on Clarity.
Of Clarity's numbers a business whose sync is off has those of the days before; from then on there are none, whatever is stored.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clarity_pipeline.connections.badge import Word
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.status import ConnectionStatus, statuses_at
from clarity_pipeline.normalize.ad_columns import AdColumn
from clarity_pipeline.rules.engine.ad_days import ad_history
from clarity_pipeline.rules.engine.history import AdRows, History, Version
from clarity_pipeline.rules.engine.known import Change, ConnectionState, Entity, Experiment, Known, Outage
from clarity_pipeline.rules.engine.reach import any_tests_signal, families_of, reach_of, top_of
from clarity_pipeline.rules.judging.mixes import read_mixes
from clarity_pipeline.rules.judging.row_versions import grouped, versions
from clarity_pipeline.rules.judging.without_countries import without_countries
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.markers.markers import markers_of
from clarity_pipeline.trust.regime import Event
from clarity_pipeline.warehouse import regime
from clarity_pipeline.warehouse.ad_columns import declared_columns
from clarity_pipeline.warehouse.entities import EntityDays, entity_days
from clarity_pipeline.warehouse.experiments import experiment_quality
from clarity_pipeline.warehouse.rule_days import COLUMNS, SITE_COLUMNS, business_days, page_days, site_days

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STATES: Mapping[Word, ConnectionState] = {"stale": "stale", "reconnect": "rejected"}
"""What a badge means for a rule about the connection."""

OUTAGES: Mapping[Word, str] = {
    "reconnect": "the connection is not working ({label})",
    "stale": "the connection is not working ({label})",
    "paused": "the sync is paused",
    "held back": "the answers are of another site and held back",
    "not connected": "Clarity is not connected",
    "imports only": "there is no Clarity project",
}
"""Why nothing comes from Clarity, by badge; with any other it comes, or will."""

SLACK = 2
"""So many times the busiest pages are read: a page without a session today may still be among those of the week."""


def read_known(
    facts: sa.Connection,
    rows: "DuckDBPyConnection",
    *,
    now: datetime,
    rules: Collection[Rule],
    business_ids: Iterable[str],
    from_date: date,
    to_date: date,
    as_known: bool = False,
) -> dict[str, Known]:
    """All that `rules` may ask of each business on the dates from `from_date` to `to_date`, by business.

    `facts` is a snapshot of the state database, `rows` is the warehouse, `now` the instant at which connections are looked at.
    With `as_known` every day is judged by what was known at 10:00 UTC of the day after, where the history of a page or business
    has it. Ad entities, totals and experiments are always as they are known now.
    """
    asked = sorted(set(business_ids))
    statuses = {each.business.business_id: each for each in statuses_at(facts, now=now, business_ids=asked)}
    clarity = list(statuses)
    off_from = {name: _off_from(status) for name, status in statuses.items() if not status.business.enabled}
    span = {"from_date": from_date - timedelta(days=reach_of(rules)), "to_date": to_date}
    wanted = families_of(rules)
    mixes = read_mixes(rows, business_ids=clarity, **span) if any_tests_signal(rules) else {}
    markers = markers_of(facts, asked)
    changes = {name: [Change(each.url, each.changed_on, each.note) for each in found] for name, found in markers.items()}
    businesses = {name: status.business for name, status in statuses.items()}
    entities = _entities(rows, asked, span, businesses=businesses) if "entity" in wanted else {}
    named = _named_pages(changes, entities) if wanted & {"page", "entity"} else set()
    ours = grouped(business_days(rows, business_ids=clarity, **span, with_history=as_known), off_from)
    pages: dict[str, dict[str, list[Version]]] = defaultdict(dict)
    if "page" in wanted:
        top = SLACK * top_of(rules)
        found = page_days(rows, business_ids=clarity, **span, top=top, pages=named, with_history=as_known)
        for (business_id, url), known in versions(found, off_from, keys=2):
            pages[business_id][url] = known
    sites = grouped(site_days(rows, business_ids=clarity, **span), off_from)  # told beside whatever is asked
    experiments = _experiments(rows, asked) if "experiment" in wanted else {}
    events = _events(rows, asked)
    without = {
        name: without_countries(
            rows,
            name,
            found,
            from_date=span["from_date"],
            to_date=to_date,
            off_from=off_from,
            with_pages=bool(wanted & {"page", "entity"}),
            with_history=as_known,
        )
        for name, found in events.items()
    }
    return {
        business_id: Known(
            business_id=business_id,
            business=History(COLUMNS, ours.get(business_id, ())),
            site=History(SITE_COLUMNS, sites.get(business_id, ())),
            pages={
                url: History(COLUMNS, _with_empty_days(known, ours.get(business_id, ())))
                for url, known in pages.get(business_id, {}).items()
            },
            entities=entities.get(business_id, ()),
            changes=changes.get(business_id, ()),
            experiments=experiments.get(business_id, ()),
            events=events.get(business_id, ()),
            connection=_states(statuses.get(business_id)),
            connection_on=now.date() - timedelta(days=1),
            outage=_outage(statuses.get(business_id)),
            as_known=as_known,
            time_zone=businesses[business_id].time_zone if business_id in businesses else None,
            rest=without[business_id].rest if business_id in without else None,
            left_out=without[business_id].left_out if business_id in without else (),
            page_shares=without[business_id].page_shares if business_id in without else {},
            mix=mixes.get(business_id),
        )
        for business_id in asked
    }


def _states(status: ConnectionStatus | None) -> frozenset[ConnectionState]:
    state = STATES.get(status.badge.word) if status else None
    return frozenset() if state is None else frozenset({state})


def _off_from(status: ConnectionStatus) -> date:
    """The first day without Clarity's numbers of a business that is off: the last one that had ended when it was switched off.

    Whoever changes the business later moves that forward, over days that have no numbers anyway.
    """
    return status.business.updated_at.date() - timedelta(days=1)


def _outage(status: ConnectionStatus | None) -> Outage | None:
    """That nothing comes; what was fetched last is of the day before it was fetched."""
    if status is None or (said := OUTAGES.get(status.badge.word)) is None:
        return None
    since = status.last_synced_at.date() if status.last_synced_at else date.min
    if not status.business.enabled:
        since = min(since, _off_from(status))
    return Outage(since, said.format(label=status.badge.label))


_EMPTY = tuple(None if name.endswith("_sum") else 0 for name in COLUMNS)


def _with_empty_days(page: Sequence[Version], business: Sequence[Version]) -> list[Version]:
    """The days of a page, and from its first one on those on which its business has data and nobody saw the page: counts of 0.

    A day whose answer was cut at 1,000 rows may have left the page out, so nothing is known of it there.
    """
    first, seen = min(each.date for each in page), {each.date for each in page}
    empty = (each for each in business if each.date > first and each.date not in seen and not each.truncated)
    return [
        *page,
        *(
            Version(
                date=each.date,
                values=_EMPTY,
                quality=each.quality,
                known_from=each.known_from,
                known_until=each.known_until,
            )
            for each in empty
        ),
    ]


def _named_pages(changes: Mapping[str, Sequence[Change]], entities: Mapping[str, Sequence[Entity]]) -> set[tuple[str, str]]:
    """Pages that somebody marked, or that an ad leads to, by business."""
    marked = {(business_id, each.url) for business_id, found in changes.items() for each in found if each.url}
    ads = ((business_id, each.landing_url) for business_id, found in entities.items() for each in found)
    return marked | {(business_id, url) for business_id, url in ads if url}


def _entities(
    connection: "DuckDBPyConnection",
    business_ids: Sequence[str],
    span: Mapping[str, date],
    *,
    businesses: Mapping[str, Business],
) -> dict[str, list[Entity]]:
    declared = declared_columns(connection, business_ids)
    found: dict[str, list[Entity]] = defaultdict(list)
    for each in entity_days(connection, business_ids=business_ids, **span):
        numbers = _numbers(each, declared.get(each.business_id, {}), businesses.get(each.business_id))
        found[each.business_id].append(Entity(each.level, each.entity_id, each.name, each.landing_url, numbers))
    return found


def _numbers(entity: EntityDays, declared: Mapping[str, AdColumn], business: Business | None) -> History:
    """Its days; rows that nobody said a currency or time zone of are in those that the business is set to."""
    currency, time_zone = (business.currency or "", business.time_zone or "") if business else ("", "")
    rows = {
        day: AdRows(
            currencies=frozenset({entity.currencies.get(day, currency)}),
            time_zones=frozenset({entity.time_zones.get(day, time_zone)}),
        )
        for day in entity.days
    }
    return ad_history(entity.days, rows=rows, declared=declared)


def _experiments(connection: "DuckDBPyConnection", business_ids: Sequence[str]) -> dict[str, list[Experiment]]:
    found: dict[str, list[Experiment]] = defaultdict(list)
    for row in experiment_quality(connection, business_ids=business_ids):
        if not row["is_control"]:
            flag = row["more_conversions_and_more_frustration"]
            variant = Experiment(row["experiment"], row["variant"], row["from_date"], row["to_date"], flag)
            found[row["business_id"]].append(variant)
    return found


def _events(connection: "DuckDBPyConnection", business_ids: Sequence[str]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    rows: list[dict[str, Any]] = regime.events(connection, business_ids)
    for row in rows:
        found[row.pop("business_id")].append(Event(**row))
    return found
