"""What each rule would say of a date, without recording or sending it: `rules preview`.

The same judging as the live run, plus what a person who tunes a rule asks next: how near was it, and would it have fired if it
were not muted?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clarity_pipeline.alerts.evaluations import judge
from clarity_pipeline.alerts.rule_store import StoredRule
from clarity_pipeline.alerts.turns import Judgement
from clarity_pipeline.evaluation import metric_sources
from clarity_pipeline.regimes import muted
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.rules.evidence import Outcome
from clarity_pipeline.rules.nearness import Miss, nearness


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would say of one business, page or entity; `miss` where it does not fire.

    `if_not_muted` is there when something mutes the rule (`judgement.evaluation.reason` says what): what it would say else.
    """

    judgement: Judgement
    miss: Miss | None
    if_not_muted: Outcome | None = None

    @property
    def outcome(self) -> Outcome:
        """What would be recorded."""
        return self.judgement.evaluation.outcome


def preview(rooms: Rooms, *, rules: Sequence[StoredRule], business_ids: Sequence[str], day: date) -> list[Preview]:
    """Every rule on every business that it concerns: what fires first, then the nearest misses, what is unknown last."""
    with metric_sources(rooms, business_ids) as sources:
        plain = [each for name in business_ids for each in judge(rules, business_id=name, as_of=day, metrics=sources[name])]
    found = [_preview(before, after) for before, after in zip(plain, muted(plain, rooms), strict=True)]
    return sorted(found, key=_order)


def _preview(plain: Judgement, after: Judgement) -> Preview:
    if after is not plain:
        return Preview(after, None, if_not_muted=plain.evaluation.outcome)
    return Preview(plain, nearness(plain.stored.rule, plain.evaluation))


_RANK: dict[Outcome, int] = {"fired": 0, "not": 1, "unknown": 2}


def _order(one: Preview) -> tuple[int, float, str, str, str]:
    share = one.miss.share if one.miss else 0.0
    subject = one.judgement.subject
    return _RANK[one.outcome], -share, subject.rule_id, subject.business_id, subject.entity
