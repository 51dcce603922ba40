"""Which rules have no answer because the business is not connected: its metrics are not bad, they are not there.

A date that has its data is judged whatever became of the connection since; only the dates that it is missing are muted, and rules
about the connection itself never are. Pure.
"""

from dataclasses import replace

from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.judging.judgement import Judgement


def muted_without_connection(judgement: Judgement, known: Known) -> Judgement:
    """The judgement, unknown on a date without data of a business whose token was rejected or whose sync is overdue."""
    outage, day, evaluation = known.outage, judgement.date, judgement.evaluation
    if outage is None or day < outage.since or known.business.now().version(day) is not None:
        return judgement
    if any(leaf.kind == "connection" for leaf in evaluation.evidence):
        return judgement
    reason = f"muted while this lasts: {outage.said} and {day} has no data"
    silent = Evaluation(outcome="unknown", reason=reason, evidence=evaluation.evidence, quality=evaluation.quality)
    return replace(judgement, evaluation=silent)
