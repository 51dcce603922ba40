"""The sentences that people read: what happened, against what, in which days.

Pure; called by `turns` when an alert is written. Only names that the operator chose and numbers go in: no URL, no
campaign, nothing that a visitor of a site can write.
"""

from collections.abc import Sequence

from clarity_pipeline.alerts.messages.became_normal import BecameNormal
from clarity_pipeline.rules.engine.evidence import Evidence
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.leaves import Operator
from clarity_pipeline.rules.language.rule import Rule

CLAUSES = 3
"""A sentence names so many conditions at most; the evidence in the message has all."""

_SIDE: dict[Operator, str] = {
    "above": "above",
    "at_least": "at or above",
    "below": "below",
    "at_most": "at or below",
}
_OPPOSITE: dict[Operator, Operator] = {"above": "at_most", "at_least": "below", "below": "at_least", "at_most": "above"}

PAUSE = " Recommended: pause this business's ad spend until it is understood; nothing was paused."


def fired(business: str, rule: Rule, evidence: Sequence[Evidence]) -> str:
    """Say that a rule holds, from the leaves that made it hold."""
    clauses = [_clause(leaf) for leaf in evidence if leaf.supports and leaf.value is not None]
    said = "; ".join(clauses[:CLAUSES]) + (f"; and {len(clauses) - CLAUSES} more" if len(clauses) > CLAUSES else "")
    return f"{business}: {rule.name}. {said[:1].upper()}{said[1:]}." + (PAUSE if rule.action == "recommend_pause" else "")


def reminded(business: str, rule: Rule, evidence: Sequence[Evidence], incident: Incident) -> str:
    """Say that it goes on."""
    days = (incident.last_fired_on - incident.opened_on).days + 1
    return f"{fired(business, rule, evidence)} It has held for {days} days, since {incident.opened_on}."


def resolved(business: str, rule: Rule, incident: Incident, became: BecameNormal | None = None) -> str:
    """Say that it is over, or that it has become what is normal, and that nobody has mended it therefore."""
    if became is not None:
        return f"{business}: {rule.name}: {became.sentence}. It is still there; its alert of {incident.opened_on} ends with it."
    return f"{business}: {rule.name}: resolved on {incident.resolved_on}; it had held since {incident.opened_on}."


def _clause(leaf: Evidence) -> str:
    if leaf.kind == "connection":
        return leaf.said or leaf.metric
    metric, value, say = leaf.asked, leaf.value or 0.0, leaf.say
    days = f"on {leaf.to_date}" if leaf.from_date == leaf.to_date else f"from {leaf.from_date} to {leaf.to_date}"
    if metric.kind == "flag":
        return metric.label if value else f"it is not so that {metric.label}"
    is_one = metric.kind == "average" or metric.unit == "share"
    if metric.family == "entity":
        is_one = metric.kind != "count" or not metric.label.endswith("s")
    summed = f" over {leaf.ads.summed_over}" if leaf.ads and leaf.ads.summed_over else ""
    clause = f"{metric.label}{summed} {'was' if is_one else 'were'} {say(value)} {days}"
    if leaf.normal is None or leaf.baseline_from is None or leaf.baseline_to is None:
        operator = leaf.operator if leaf.verdict else _OPPOSITE[leaf.operator]
        return f"{clause}, {_SIDE[operator]} the limit of {say(leaf.threshold or 0.0)}"
    length = (leaf.baseline_to - leaf.baseline_from).days + 1
    before = f"the {length} days before" if length > 1 else "the day before"
    if leaf.against == "same_weekdays":
        before = f"the same weekdays of the weeks before{_counted(leaf)}"
    if not leaf.normal:
        return f"{clause}, where {say(0.0)} was normal in {before}"
    return f"{clause}, {value / leaf.normal:.1f} times the normal {say(leaf.normal)} of {before}"


def _counted(leaf: Evidence) -> str:
    """What a baseline of weekdays counts, where that is not what one would think: fewer of them, or those of another clock."""
    told, zones = leaf.baseline_days, leaf.ads.time_zones if leaf.ads else ("UTC",)
    asked = _asked_days(leaf)
    said = []
    if told is not None and told < asked:
        said.append(f"{told} of {asked} days")
    if zones != ("UTC",):
        said.append(f"by the days of {' and '.join(zones)}")
    return f" ({', '.join(said)})" if said else ""


def _asked_days(leaf: Evidence) -> int:
    """Days that a baseline of weekdays asks for: a window's length for each of its weeks."""
    length = (leaf.to_date - leaf.from_date).days + 1
    if leaf.baseline_from is None or leaf.baseline_to is None:
        return 0
    weeks = ((leaf.baseline_to - leaf.baseline_from).days + 1 - length) // 7 + 1
    return weeks * length
