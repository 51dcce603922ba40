"""What each rule would say of a date, without recording or sending it: `rules preview`.

The same judging as the live run, plus what a person who tunes a rule asks next: how near was it, and would it have fired if
nothing of it were muted?
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clarity_pipeline.rules.book.rule_outcomes import fired_days
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.engine.nearness import Miss, nearness
from clarity_pipeline.rules.engine.reach import reach_of
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.judging.judgement import Judgement, judge
from clarity_pipeline.rules.language.subject import Subject

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would say of one business, page or entity; `miss` where it does not fire.

    `if_not_muted` is there when it has no answer and a part of it is muted (`judgement.evaluation.reason` says by what): what it
    would say else.
    """

    judgement: Judgement
    miss: Miss | None
    if_not_muted: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """What would be recorded."""
        return self.judgement.evaluation.outcome


def preview(
    facts: sa.Connection,
    rows: "DuckDBPyConnection",
    *,
    now: datetime,
    rules: Sequence[StoredRule],
    business_ids: Sequence[str],
    day: date,
) -> list[Preview]:
    """Every rule on every business that it concerns: what fires first, then the nearest misses, what is unknown last.

    `facts`, `rows` and `now` are as for `read_known`.
    """
    asked = [stored.rule for stored in rules]
    known = read_known(facts, rows, now=now, rules=asked, business_ids=business_ids, from_date=day, to_date=day)
    fired = fired_days(facts, business_ids, since=day - timedelta(days=reach_of(asked)))
    judgements: list[Judgement] = []
    unmuted: dict[Subject, Outcome] = {}
    for business_id in business_ids:
        plain = replace(known[business_id], events=(), outage=None)
        unmuted |= {each.subject: each.evaluation.outcome for each in judge(rules, known=plain, days=[day], fired=fired)}
        judgements += judge(rules, known=known[business_id], days=[day], fired=fired)
    return sorted((_preview(each, unmuted) for each in judgements), key=_order)


def _preview(judgement: Judgement, unmuted: Mapping[Subject, Outcome]) -> Preview:
    evaluation = judgement.evaluation
    if evaluation.is_muted:
        return Preview(judgement, None, if_not_muted=unmuted[judgement.subject])
    return Preview(judgement, nearness(judgement.stored.rule, evaluation))


_RANK: dict[Outcome, int] = {"fired": 0, "not": 1, "unknown": 2}


def _order(one: Preview) -> tuple[int, float, str, str, str]:
    share = one.miss.share if one.miss else 0.0
    subject = one.judgement.subject
    return _RANK[one.outcome], -share, subject.rule_id, subject.business_id, subject.entity
