"""Judge business-days: what every enabled rule says of each, and which days behind them change too.

Everything is read once for all business-days and rules, and judged in memory; nothing is written.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clarity_pipeline.rules.book.rule_outcomes import fired_days
from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.engine.reach import reach_of
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.judging.judgement import Judgement, judge
from clarity_pipeline.rules.judging.mutes import muted_without_connection

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BusinessDay = tuple[str, date]


def judge_business_days(
    facts: sa.Connection,
    rows: "DuckDBPyConnection",
    business_days: Sequence[BusinessDay],
    *,
    now: datetime,
    and_behind: bool = False,
) -> list[Judgement]:
    """Every enabled rule's verdict on each business-day, unknown during a regime event.

    `facts` is a snapshot of the state database, `rows` is the warehouse, as for `read_known`. With `and_behind` also on the days
    with data behind one of these whose windows hold it: a day that came late changes them.
    """
    rules = list_rules(facts)
    asked = [stored.rule for stored in rules if stored.rule.enabled]
    wanted: dict[str, set[date]] = defaultdict(set)
    for business_id, day in business_days:
        wanted[business_id].add(day)
    if not wanted:
        return []
    reach = reach_of(asked)
    behind = reach if and_behind else 0
    oldest, newest = min(map(min, wanted.values())), max(map(max, wanted.values())) + timedelta(days=behind)
    known = read_known(facts, rows, now=now, rules=asked, business_ids=wanted, from_date=oldest, to_date=newest)
    fired = fired_days(facts, list(wanted), since=oldest - timedelta(days=reach))
    return [
        muted_without_connection(judgement, known[business_id])
        for business_id, of_business in sorted(wanted.items())
        for judgement in judge(
            rules,
            known=known[business_id],
            days=of_business | _behind(known[business_id], of_business, reach=behind),
            fired=fired,
        )
    ]


def _behind(known: Known, days: Set[date], *, reach: int) -> set[date]:
    """The dates with data behind any of `days`, at most `reach` days."""
    stored = known.business.now()
    dates = (day + timedelta(days=n) for day in days for n in range(1, reach + 1))
    return {each for each in dates if stored.version(each) is not None}
