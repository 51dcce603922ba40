"""Judge business-days: whom rules are asked about, what every enabled rule says of each, and which days behind change too.

Everything is read once for all business-days and rules, and judged in memory; nothing is written.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence, Set
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clarity_pipeline.connections.business import Business, known_businesses
from clarity_pipeline.rules.book.rule_outcomes import fired_days
from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.engine.reach import asks_beyond_clarity, reach_of
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.judging.judgement import Judgement, judge
from clarity_pipeline.rules.language.rule import Rule

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BusinessDay = tuple[str, date]


def evaluated_businesses(facts: sa.Connection) -> list[str]:
    """Whom rules are asked about when nobody says; `facts` is a snapshot of the state database.

    Who is synced, and whose token was rejected, which a rule may be about; of the others those that a rule asks something of that
    does not come from Clarity.
    """
    return _evaluated(known_businesses(facts), [stored.rule for stored in list_rules(facts)])


def yesterday_of_all(facts: sa.Connection, *, now: datetime) -> list[BusinessDay]:
    """Yesterday of everybody whom rules are asked about; `facts` is a snapshot of the state database."""
    asked = [stored.rule for stored in list_rules(facts) if stored.rule.enabled]
    return [(business_id, now.date() - timedelta(days=1)) for business_id in _evaluated(known_businesses(facts), asked)]


def judge_business_days(
    facts: sa.Connection,
    rows: "DuckDBPyConnection",
    business_days: Sequence[BusinessDay] | None,
    *,
    now: datetime,
    and_behind: bool = False,
) -> list[Judgement]:
    """Every enabled rule's verdict on each business-day; None means yesterday of everybody whom rules are asked about.

    `facts` is a snapshot of the state database, `rows` is the warehouse, as for `read_known`. With `and_behind` also on the days
    with data behind one of these whose windows hold it: a day that came late changes them.
    """
    rules = list_rules(facts)
    asked = [stored.rule for stored in rules if stored.rule.enabled]
    wanted: dict[str, set[date]] = defaultdict(set)
    for business_id, day in yesterday_of_all(facts, now=now) if business_days is None else business_days:
        wanted[business_id].add(day)
    if not wanted:
        return []
    reach = reach_of(asked)
    behind = reach if and_behind else 0
    oldest, newest = min(map(min, wanted.values())), max(map(max, wanted.values())) + timedelta(days=behind)
    known = read_known(facts, rows, now=now, rules=asked, business_ids=wanted, from_date=oldest, to_date=newest)
    fired = fired_days(facts, list(wanted), since=oldest - timedelta(days=reach))
    return [
        judgement
        for business_id, days in sorted(wanted.items())
        for judgement in judge(
            rules, known=known[business_id], days=days | _behind(known[business_id], days, reach=behind), fired=fired
        )
    ]


def _evaluated(businesses: Iterable[Business], rules: Collection[Rule]) -> list[str]:
    beyond = [rule for rule in rules if asks_beyond_clarity(rule)]
    return [
        each.business_id for each in businesses if each.is_evaluated or any(rule.concerns(each.business_id) for rule in beyond)
    ]


def _behind(known: Known, days: Set[date], *, reach: int) -> set[date]:
    """The dates with data of any kind behind any of `days`, at most `reach` days."""
    if not reach:
        return set()
    told = known.business.dates().union(*(entity.history.dates() for entity in known.entities))
    return {day + timedelta(days=n) for day in days for n in range(1, reach + 1)} & told
