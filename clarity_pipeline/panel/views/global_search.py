"""What a search over everything finds, by kind: businesses, pages, alerts, rules, people. Called by `pages.search`, `api.search`.

Each kind looks only at what the asker may see: a client at its own businesses, and at no person. It knows neither case nor
accents nor script, and every word must be found. Pages are the worst of the newest date, alerts those that last or ended within
90 days: what is looked through does not grow with the history.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Literal
from urllib.parse import urlencode

import sqlalchemy as sa

from clarity_pipeline.connections.business import Business
from clarity_pipeline.panel.access.policy import Viewer, may
from clarity_pipeline.panel.panel import Panel
from clarity_pipeline.panel.views.addresses import readable_address
from clarity_pipeline.panel.views.transliteration import searchable
from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.rules import rules
from clarity_pipeline.warehouse.published.worst_urls import newest_urls

Kind = Literal["businesses", "pages", "alerts", "rules", "people"]

LONGEST_QUERY = 100
MOST_OF_A_KIND = 10
MOST_ALERTS = 2000
ENDED_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: what it is called, what else is known of it, and its address in the panel."""

    name: str
    about: str
    href: str


@dataclass(frozen=True, slots=True)
class Hits:
    """Those of one kind, at most MOST_OF_A_KIND; `has_more` where there are others."""

    kind: Kind
    hits: tuple[Hit, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for what; `own` are the businesses that they may see, by slug in the order of their names."""

    panel: Panel
    viewer: Viewer
    own: Mapping[str, Business]
    words: tuple[str, ...]

    def is_in(self, *texts: str | None) -> bool:
        """Whether every word is in one of the texts."""
        folded = searchable("\n".join(filter(None, texts)))
        return all(each in folded for each in self.words)


def search(panel: Panel, viewer: Viewer, query: str) -> list[Hits]:
    """By kind, in the order of KINDS; kinds without a hit, and kinds that are not the viewer's to see, are left out."""
    words = tuple(map(searchable, query[:LONGEST_QUERY].split()))
    if not words:
        return []
    known = sorted(panel.home.connections.all(), key=lambda each: each.name.casefold())
    own = {each.business_id: each for each in known if may(viewer, "see_business", each.business_id)}
    asked = _Asked(panel, viewer, own, words)
    found = []
    for kind, look in KINDS.items():
        first = list(islice(look(asked), MOST_OF_A_KIND + 1))
        if first:
            found.append(Hits(kind, tuple(first[:MOST_OF_A_KIND]), len(first) > MOST_OF_A_KIND))
    return found


def _businesses(asked: _Asked) -> Iterator[Hit]:
    met = [each for each in asked.own.values() if asked.is_in(each.name, each.business_id, each.project_id)]
    met.sort(key=lambda each: not searchable(each.name).startswith(asked.words[0]))
    return (Hit(each.name, each.business_id, f"/businesses/{each.business_id}") for each in met)


def _pages(asked: _Asked) -> Iterator[Hit]:
    home = asked.panel.home
    for business_id, url in newest_urls(home.state, None if asked.viewer.is_agency else asked.own, until=home.yesterday()):
        if business_id in asked.own and asked.is_in(readable_address(url)):
            address = f"/businesses/{business_id}/pages/one?{urlencode({'url': url})}"
            yield Hit(readable_address(url), asked.own[business_id].name, address)


def _alerts(asked: _Asked) -> Iterator[Hit]:
    c = alerts.c
    lately = sa.or_(c.resolved_on.is_(None), c.resolved_on >= asked.panel.home.yesterday() - ENDED_WITHIN)
    query = (
        sa.select(c.alert_id, c.business_id, c.rule_id, c.entity, c.entity_name, c.summary, c.resolved_on, rules.c.document)
        .join(rules, rules.c.rule_id == c.rule_id, isouter=True)
        .where(lately, c.state != "pending")
        .order_by(c.resolved_on.is_not(None), c.opened_on.desc(), c.alert_id)
        .limit(MOST_ALERTS)
    )
    if not asked.viewer.is_agency:
        query = query.where(c.business_id.in_(list(asked.own)))
    with asked.panel.home.state.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        name = (row.document or {}).get("name", row.rule_id)
        whose, about = asked.own.get(row.business_id), readable_address(row.entity_name or row.entity)
        if whose is not None and asked.is_in(name, about, row.summary, whose.name):
            said = [whose.name, about, "over" if row.resolved_on else "open"]
            yield Hit(name, ", ".join(filter(None, said)), f"/alerts/{row.alert_id}")


def _rules(asked: _Asked) -> Iterator[Hit]:
    with asked.panel.home.state.read() as connection:
        stored = list_rules(connection)
    for rule in (each.rule for each in stored):
        meant = [name for name in asked.own if rule.businesses == "all" or name in rule.businesses]
        is_seen = bool(meant) and (rule.enabled or asked.viewer.is_agency)
        if is_seen and asked.is_in(rule.name, rule.id, rule.description):
            is_for_all = rule.businesses == "all" and asked.viewer.is_agency
            whose = "every business" if is_for_all else ", ".join(asked.own[name].name for name in meant[:3])
            about = whose if rule.enabled else f"{whose}, switched off"
            yield Hit(rule.name, about, f"/businesses/{meant[0]}/rules/{rule.id}")


def _people(asked: _Asked) -> Iterator[Hit]:
    if may(asked.viewer, "manage_people"):
        for each in asked.panel.accounts.all():
            if asked.is_in(each.name, each.email):
                yield Hit(each.name, each.email, f"/people/{each.user_id}")


KINDS: Mapping[Kind, Callable[[_Asked], Iterator[Hit]]] = {
    "businesses": _businesses,
    "alerts": _alerts,
    "pages": _pages,
    "rules": _rules,
    "people": _people,
}
