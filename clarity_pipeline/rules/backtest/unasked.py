"""Why a rule has nobody to be asked about on a date: no ad has a row, no page a visit. Shown by `rules preview`.

A rule about ads is asked about those with a row on the date or the six days before; a date without any is not an empty home.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.ad_days import LEVELS
from clarity_pipeline.rules.engine.known import PRESENT_DAYS
from clarity_pipeline.warehouse.entities import list_entities

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Unasked:
    """A rule that concerns a business and has no subject there on the date."""

    rule_id: str
    business_id: str
    reason: str


def unasked(
    rows: "DuckDBPyConnection",
    *,
    rules: Sequence[StoredRule],
    business_ids: Iterable[str],
    day: date,
    asked: Iterable[tuple[str, str]],
) -> list[Unasked]:
    """The rules that were not asked of a business that they concern; `asked` are rule and business of those that were."""
    were = set(asked)
    missing = [
        (stored.rule.id, business_id, stored.rule.scope)
        for stored in rules
        for business_id in business_ids
        if stored.rule.concerns(business_id) and (stored.rule.id, business_id) not in were
    ]
    if not missing:
        return []
    loaded = {(row["business"], row["level"]): row for row in list_entities(rows)}
    return [
        Unasked(rule_id, business_id, _why(business_id, scope, day, loaded.get((business_id, scope))))
        for rule_id, business_id, scope in missing
    ]


def _why(business_id: str, scope: str, day: date, loaded: dict[str, Any] | None) -> str:
    span = f"from {day - timedelta(days=PRESENT_DAYS - 1)} to {day}"
    if scope not in LEVELS:
        return f"{business_id} has no page that was visited {span}"
    what = scope.replace("_", " ")
    if loaded is None:
        return f"{business_id} has no {what} at all: `clarity-pipeline entities import` loads some"
    return f"{business_id} has no {what} with a row {span}; its rows are of {loaded['from_date']} to {loaded['to_date']}"
