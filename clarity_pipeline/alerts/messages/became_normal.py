"""A trouble that is over only because it has become what is normal: the level stayed, and the baseline has followed it.

A signal that stays three times as high is taken for normal after some three weeks, since a test that compares with the days
before has nothing else to compare with. Its alert ends then, and "resolved" would say that somebody had mended it. So what the
rule saw on the days since it last fired is held against what was normal before it began. Pure; called by `turns`
and `actions`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.ends import still_beyond

LONGEST = 14
_COMPARES = frozenset({"spike", "change"})


@dataclass(frozen=True, slots=True)
class BecameNormal:
    """It is so many times what was normal until that day."""

    times: float
    until: date

    @property
    def sentence(self) -> str:
        """To stand behind the name of what happened."""
        return f"has become normal: {self.times:.1f} times what it was until {self.until}"


def days_since(incident: Incident) -> tuple[date, ...]:
    """The days after the last that fired, up to the one that ended it: a fortnight of them at most, none while it lasts."""
    ended_on, fired_on = incident.resolved_on, incident.last_fired_on
    length = 0 if ended_on is None else min(LONGEST, (ended_on - fired_on).days)
    return tuple((ended_on or fired_on) - timedelta(days=back) for back in reversed(range(length)))


def became_normal(began: Evaluation, since: Sequence[Evaluation]) -> BecameNormal | None:
    """What is still there at its end; None where it is back, or where no leaf compares.

    `began` is what was seen on the first day that fired, `since` on `days_since`, all of them together: the day that ends an
    alert is a low one, or it would not have ended it. The leaf that is farthest out is told.
    """
    after: dict[str, list[Evidence]] = defaultdict(list)
    for leaf in (leaf for each in since for leaf in each.evidence if not leaf.muted and leaf.value is not None):
        after[leaf.path].append(leaf)
    told = [
        BecameNormal(times, leaf.from_date - timedelta(days=1))
        for leaf in began.evidence
        if leaf.supports and leaf.kind in _COMPARES and leaf.ratio is not None
        if (times := _times(leaf, after[leaf.path])) is not None
        if still_beyond(times, (1 + leaf.ratio) / 2, leaf.operator)
    ]
    return max(told, key=lambda each: max(each.times, 1 / each.times if each.times else 0.0), default=None)


def _times(began: Evidence, since: Sequence[Evidence]) -> float | None:
    """The level since over what was normal at the beginning; of a signal both a visit, since its windows differ."""
    if not since or not began.normal:
        return None
    total = sum(leaf.value or 0.0 for leaf in since)
    if began.kind == "change":
        return total / len(since) / began.normal
    sessions = sum(leaf.sessions or 0 for leaf in since)
    return (total / sessions) / (began.normal / began.sessions) if sessions and began.sessions else None
