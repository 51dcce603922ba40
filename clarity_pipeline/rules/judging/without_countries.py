"""What is left of a business where the visits from some countries count anew: read beside its days, for the leaves that go on.

Called by `inputs`; of a business without such an event nothing is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.rules.engine.history import History
from clarity_pipeline.rules.judging.row_versions import grouped
from clarity_pipeline.trust.country_regime import TOLERANCE
from clarity_pipeline.trust.regime import Event
from clarity_pipeline.warehouse.rule_days import COLUMNS, page_shares, rest_days

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class WithoutCountries:
    """As `Known` has it."""

    rest: History | None = None
    left_out: tuple[str, ...] = ()
    page_shares: Mapping[str, float] = field(default_factory=dict)


def without_countries(
    rows: "DuckDBPyConnection",
    business_id: str,
    events: Iterable[Event],
    *,
    from_date: date,
    to_date: date,
    off_from: Mapping[str, date],
    with_pages: bool,
    with_history: bool,
) -> WithoutCountries:
    """Of the countries that any event between the dates is about."""
    found = [
        event
        for event in events
        if event.countries and event.started_on <= to_date and (event.ended_on is None or event.ended_on >= from_date)
    ]
    if not found:
        return WithoutCountries()
    countries = tuple(dict.fromkeys(name for event in found for name in event.countries))
    rest = None
    if sum(event.share for event in found) > TOLERANCE:
        days = rest_days(
            rows,
            business_id=business_id,
            countries=countries,
            from_date=from_date,
            to_date=to_date,
            with_history=with_history,
        )
        rest = History(COLUMNS, grouped(days, off_from).get(business_id, ()))
    shares = {}
    if with_pages:
        first, last = min(event.started_on for event in found), max(event.ended_on or to_date for event in found)
        shares = page_shares(rows, business_id=business_id, countries=countries, from_date=first, to_date=last)
    return WithoutCountries(rest, countries, shares)
