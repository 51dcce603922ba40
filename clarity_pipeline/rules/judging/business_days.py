"""Judge business-days: which businesses are asked, what every enabled rule says of each, and which days behind them change too.

Reads DuckDB once for all business-days and rules, judges in memory, writes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence, Set
from datetime import date, timedelta

from clarity_pipeline.connections.business import TOKEN_REJECTED, WITHOUT_CLARITY
from clarity_pipeline.home import Home
from clarity_pipeline.rules.book.rule_outcomes import fired_days
from clarity_pipeline.rules.book.rule_store import StoredRule, list_rules
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.engine.reach import reach_of
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.judging.judgement import Judgement, judge
from clarity_pipeline.rules.judging.mutes import muted_without_connection

BusinessDay = tuple[str, date]


def evaluated_businesses(home: Home) -> list[str]:
    """Whom rules are asked about when nobody says.

    Who is enabled; whose token was rejected, which a rule may be about; and who has imports alone.
    """
    known = home.connections.all()
    return [each.business_id for each in known if each.enabled or each.disabled_reason in {TOKEN_REJECTED, WITHOUT_CLARITY}]


def judge_business_days(home: Home, business_days: Sequence[BusinessDay], *, and_behind: bool = False) -> list[Judgement]:
    """Every enabled rule's verdict on each business-day, unknown during a regime event; nothing is written.

    With `and_behind` also on the days with data behind one of these whose windows hold it: a day that came late changes them.
    """
    rules: Sequence[StoredRule] = list_rules(home.state)
    asked = [stored.rule for stored in rules if stored.rule.enabled]
    days: dict[str, set[date]] = defaultdict(set)
    for business_id, day in business_days:
        days[business_id].add(day)
    if not days:
        return []
    oldest, newest = min(map(min, days.values())), max(map(max, days.values()))
    reach = reach_of(asked) if and_behind else 0
    newest = max(newest, min(oldest + timedelta(days=reach), home.yesterday()))
    known = read_known(home, rules=asked, business_ids=days, from_date=oldest, to_date=newest)
    fired = fired_days(home.state, list(days), since=oldest - timedelta(days=reach_of(asked)))
    judgements = [
        judgement
        for business_id, wanted in sorted(days.items())
        for judgement in judge(
            rules,
            known=known[business_id],
            days=wanted | _behind(known[business_id], wanted, reach=reach, until=home.yesterday()),
            fired=fired,
        )
    ]
    return muted_without_connection(judgements, home)


def _behind(known: Known, days: Set[date], *, reach: int, until: date) -> set[date]:
    """The dates with data behind any of `days`, at most `reach` days."""
    stored = known.business.now()
    dates = (day + timedelta(days=n) for day in days for n in range(1, min(reach, (until - day).days) + 1))
    return {each for each in dates if stored.version(each) is not None}
