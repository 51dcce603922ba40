"""The rules that are asked about one business, and what each said last. For the Rules place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import sqlalchemy as sa

from clarity_pipeline.panel.views.rule_lookup import is_meant
from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rule_evaluations

_e = rule_evaluations.c

SCOPES: Mapping[str, str] = MappingProxyType(
    {"business": "the whole site", "url": "each busy page", "campaign": "each campaign", "ad_set": "each ad set", "ad": "each ad"}
)


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule that concerns the business; `said` is what came of its newest date, None before the first."""

    rule_id: str
    name: str
    description: str
    severity: str
    about: str
    on: date | None
    said: str | None
    fired: int


LATELY = timedelta(days=14)
"""How far back the newest answer is looked for."""


def rules_of(state: StateDatabase, business_id: str, *, yesterday: date) -> list[ShownRule]:
    """Those in use for this business, what fired first, then by name."""
    with state.read() as connection:
        asked = [stored.rule for stored in list_rules(connection) if stored.rule.concerns(business_id)]
        newest = connection.scalar(
            sa.select(sa.func.max(_e.date)).where(_e.business_id == business_id, _e.date > yesterday - LATELY)
        )
        query = (
            sa.select(_e.rule_id, _e.outcome, sa.func.count().label("subjects"))
            .where(_e.business_id == business_id, _e.date == newest)
            .group_by(_e.rule_id, _e.outcome)
        )
        counts: dict[str, dict[str, int]] = {}
        for row in connection.execute(query):
            counts.setdefault(row.rule_id, {})[row.outcome] = row.subjects
    shown = [_shown(rule, newest, counts.get(rule.id)) for rule in asked]
    return sorted(shown, key=lambda each: (not each.fired, each.name.casefold()))


def rules_off(state: StateDatabase, business_id: str) -> list[ShownRule]:
    """Those that are stored for this business and switched off, by name: for the agency, which can switch them on."""
    with state.read() as connection:
        stored = [each.rule for each in list_rules(connection)]
    off = [each for each in stored if is_meant(each, business_id) and not each.enabled]
    return sorted((_shown(each, None, None) for each in off), key=lambda each: each.name.casefold())


def _shown(rule: Rule, newest: date | None, counts: Mapping[str, int] | None) -> ShownRule:
    return ShownRule(
        rule_id=rule.id,
        name=rule.name,
        description=rule.description,
        severity=rule.severity,
        about=SCOPES[rule.scope],
        on=newest if counts else None,
        said=_said(rule, counts) if counts else None,
        fired=(counts or {}).get("fired", 0),
    )


def _said(rule: Rule, counts: Mapping[str, int]) -> str:
    """Of a rule on the whole site one word, of the others how many of each."""
    if rule.scope == "business":
        return next(words for outcome, words in _WORDS.items() if counts.get(outcome))
    return ", ".join(f"{words} of {counts[outcome]:,}" for outcome, words in _WORDS.items() if counts.get(outcome))


_WORDS = {"fired": "true", "not": "not true", "unknown": "cannot be said"}
