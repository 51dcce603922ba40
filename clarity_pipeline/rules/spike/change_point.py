"""Did a known change make a page worse? Days after it against the four weeks before: pure, one verdict for one marker.

Called for change markers ("dead clicks spike after a landing page change"). A person asks once, but the answer is looked up
every day, so it changes only on a few days after the change (`looks`) and each of those has its share of alpha. The day of the
change itself is half one thing and half the other, and counts for neither.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import NormalDist
from typing import Literal

from clarity_pipeline.rules.spike.baseline import UNSEEN, Baseline, Day, Flag, Quantity, Standard, baseline, by_date
from clarity_pipeline.rules.statistics.negative_binomial import lower_tail, tail, threshold

ChangeOutcome = Literal["worse", "better", "no_difference", "unknown"]
ChangeReason = Literal["beyond_chance", "within_chance", "too_soon", "baseline_too_short", "no_sessions", "not_enough_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSettings:
    """`alpha` is the chance that any look ever calls a change that made none worse or better.

    `ratio_floor`: nobody need hear of less than this many times (or of less than one over it). "No difference" is said where
    a change of `visible` times would have been seen with a chance of `power`; else there was not enough data to say so.
    """

    quantity: Quantity = "signal_sessions"
    alpha: float = 0.01
    looks: tuple[int, ...] = (1, 3, 7, 14, 28)
    ratio_floor: float = 1.25
    min_events: int = 5
    visible: float = 2.0
    power: float = 0.9
    interval: float = 0.95
    baseline_days: int = 28
    least_baseline_days: int = 7


DEFAULT = ChangeSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeVerdict:
    """Before and after a change. `ratio` is rate over rate, between `ratio_low` and `ratio_high` by the settings' interval.

    `p` is two-sided and paid for: multiplied by the number of looks, to be compared with `alpha`. `next_on` is the day after
    which there is a new answer.
    """

    outcome: ChangeOutcome
    reason: ChangeReason
    quantity: Quantity
    changed_on: date
    alpha: float
    days_before: int = 0
    days_before_excluded: tuple[tuple[date, Flag], ...] = ()
    sessions_before: int = 0
    observed_before: int = 0
    days_after: int = 0
    until: date | None = None
    sessions_after: int = 0
    observed_after: int = 0
    expected_after: float | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    p: float | None = None
    dispersion: float | None = None
    next_on: date | None = None


def change_since(
    changed_on: date,
    days: Iterable[Day],
    *,
    as_of: date,
    settings: ChangeSettings = DEFAULT,
    standard: Standard | None = None,
) -> ChangeVerdict:
    """What is known on the evening of `as_of` of a change made on `changed_on`. Days not yet over then are not looked at.

    With `standard`, the visits after are held against what their mix had before. A day that is not comparable counts on neither
    side, but an incident after the change does: the change may be what made it.
    """
    known = by_date(days, before=as_of + timedelta(days=1))
    elapsed = (as_of - changed_on).days
    after_days = max((look for look in settings.looks if look <= elapsed), default=0)
    following = next((look for look in settings.looks if look > elapsed), None)
    verdict = ChangeVerdict(
        outcome="unknown",
        reason="too_soon",
        quantity=settings.quantity,
        changed_on=changed_on,
        alpha=settings.alpha,
        next_on=None if following is None else changed_on + timedelta(days=following),
    )
    if not after_days:
        return verdict
    normal = baseline(
        known,
        first=changed_on - timedelta(days=settings.baseline_days),
        length=settings.baseline_days,
        least_days=settings.least_baseline_days,
        quantity=settings.quantity,
        standard=standard,
    )
    if normal is None or normal.days_used < settings.least_baseline_days:
        return replace(verdict, reason="baseline_too_short", days_before=normal.days_used if normal else 0)
    after = [day for day in known if 0 < (day.date - changed_on).days <= after_days and not day.flags - {"incident"}]
    if not any(day.sessions for day in after):
        return replace(verdict, reason="no_sessions", days_before=normal.days_used)
    return replace(_compare(verdict, normal, after, standard, settings=settings), until=changed_on + timedelta(days=after_days))


def explain_change(verdict: ChangeVerdict) -> str:
    """One line for a person, without the metric's name and the page, which the caller knows."""
    facts = {name: getattr(verdict, name) for name in ChangeVerdict.__slots__}
    if verdict.ratio is None:
        return _SAY[verdict.reason].format(**facts)
    told = _WHAT_IT_DID[verdict.outcome].format(**facts)
    return (
        told + _MEASURED.format(**facts) + ("" if verdict.next_on is None else f"; the next answer is that of {verdict.next_on}")
    )


_WHAT_IT_DID: dict[ChangeOutcome, str] = {
    "worse": "worse since {changed_on}",
    "better": "better since {changed_on}",
    "no_difference": "no difference since {changed_on} that would matter",
    "unknown": "not enough data to tell what {changed_on} changed",
}
_MEASURED = (
    ": {ratio:.2f} times the rate before it ({ratio_low:.2f} to {ratio_high:.2f}),"
    " {observed_after:,} in {sessions_after:,} visits until {until} where {expected_after:,.1f} were normal"
)
_SAY: dict[ChangeReason, str] = {
    "too_soon": "too soon to tell what {changed_on} changed: the first answer is that of {next_on}",
    "baseline_too_short": "not enough days before {changed_on} to compare with: {days_before} usable",
    "no_sessions": "no visit that can be compared since {changed_on}",
}


def _compare(
    verdict: ChangeVerdict, normal: Baseline, after: list[Day], standard: Standard | None, *, settings: ChangeSettings
) -> ChangeVerdict:
    observed = sum(day.count(settings.quantity) for day in after)
    if standard is None:
        expected = normal.predict([day.sessions for day in after])
    else:
        expected = normal.predict([standard.exposure(day) for day in after], doubt=standard.doubt(after))
    facts = {"mean": expected.mean, "dispersion": expected.dispersion}
    p = min(1.0, 2 * len(settings.looks) * min(tail(observed, **facts), lower_tail(observed, **facts)))
    ratio = (observed + UNSEEN) / expected.mean
    spread = NormalDist().inv_cdf(0.5 + settings.interval / 2) * math.sqrt(1 / (observed + UNSEEN) + expected.dispersion)
    up = ratio >= settings.ratio_floor and observed >= settings.min_events
    down = ratio <= 1 / settings.ratio_floor and expected.mean >= settings.min_events

    outcome: ChangeOutcome = "worse" if up else "better"
    reason: ChangeReason = "beyond_chance"
    if p > settings.alpha or not (up or down):
        least = threshold(**facts, alpha=settings.alpha / (2 * len(settings.looks)))
        seen = tail(least, mean=settings.visible * expected.mean, dispersion=expected.wobble)
        outcome, reason = ("no_difference", "within_chance") if seen >= settings.power else ("unknown", "not_enough_data")
    return replace(
        verdict,
        outcome=outcome,
        reason=reason,
        days_before=normal.days_used,
        days_before_excluded=normal.excluded,
        sessions_before=normal.sessions,
        observed_before=normal.count,
        days_after=len(after),
        sessions_after=sum(day.sessions for day in after),
        observed_after=observed,
        expected_after=expected.mean,
        ratio=ratio,
        ratio_low=ratio * math.exp(-spread),
        ratio_high=ratio * math.exp(spread),
        p=p,
        dispersion=normal.dispersion,
    )
