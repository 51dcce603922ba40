"""Which rules have no answer because the business is not connected: its metrics are not bad, they are not there.

Used by `business_days` and `preview` after the regime events. A date that has its data is judged whatever became of the
connection since; only the dates that it is missing are muted, and rules about the connection itself never are.
"""

from collections.abc import Sequence
from dataclasses import replace

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.connections.badge import Word
from clarity_pipeline.connections.status import connection_statuses
from clarity_pipeline.home import Home
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.judging.judgement import Judgement

MUTING: frozenset[Word] = frozenset({"reconnect", "stale"})
LANE = DAILY_SLICES["url_device"].name
"""The lane that metrics of rules are told from."""


def muted_without_connection(judgements: Sequence[Judgement], home: Home) -> list[Judgement]:
    """The judgements, unknown on dates without data of a business whose token was rejected or whose sync is overdue."""
    business_ids = sorted({each.business_id for each in judgements})
    statuses = connection_statuses(home.state, clock=home.clock, business_ids=business_ids)
    broken = {each.business.business_id: each.badge.label for each in statuses if each.badge.word in MUTING}
    days = {(each.business_id, each.date) for each in judgements if each.business_id in broken}
    missing = {(business_id, day) for business_id, day in days if not home.jobs.is_loaded(business_id, date=day, slice_name=LANE)}
    return [_muted(each, broken[each.business_id]) if (each.business_id, each.date) in missing else each for each in judgements]


def _muted(judgement: Judgement, label: str) -> Judgement:
    evaluation = judgement.evaluation
    if any(leaf.kind == "connection" for leaf in evaluation.evidence):
        return judgement
    reason = f"muted while this lasts: the connection is not working ({label}) and {judgement.date} has no data"
    silent = Evaluation(outcome="unknown", reason=reason, evidence=evaluation.evidence, quality=evaluation.quality)
    return replace(judgement, evaluation=silent)
