"""What the spike test answers: everything that must be explained to a person, as frozen values.

Made by `spike` and `page_spikes`, kept with the evaluation, said in words by `explain`. It knows no business and no URL.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from clarity_pipeline.rules.spike.baseline import Flag, Quantity
from clarity_pipeline.rules.statistics.negative_binomial import tail

Outcome = Literal["fired", "not", "unknown"]

Reason = Literal[
    "beyond_chance",
    "within_chance",
    "within_chance_among_pages",
    "below_ratio_floor",
    "too_few_events",
    "one_visitor_could",
    "today_is_normal",
    "not_enough_data",
    "too_uneven",
    "baseline_too_short",
    "day_not_comparable",
    "no_sessions",
]
"""Stable codes. `beyond_chance` is the only one of `fired`; the last five are those of `unknown`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One window that ends today, against the baseline; `days` of its `window_days` are known.

    `expected` is the baseline's rate times the sessions of the window; `counted` is `observed` less what one visitor may add.
    `guard` is what stands against firing, however small the chance is.
    """

    window_days: int
    from_date: date
    days: int
    sessions: int
    observed: int
    counted: int
    expected: float
    dispersion: float
    guard: Reason | None
    mix: float = 1.0
    """How many times the baseline's rate the mix of these visits leads one to expect; `expected` has it already."""

    @property
    def p(self) -> float:
        """The chance of so many or more with nothing changed, for this look alone; worked out when it is asked for."""
        return tail(self.counted, mean=self.expected, dispersion=self.dispersion)

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer for one quantity of one site or page on a date; the numbers are those of the look that decided.

    `p` is paid for: divided by the look's share of alpha, at most 1, to be compared with `alpha`. `threshold` is the smallest
    count that would have fired in that look. `sessions_needed` is a day's, there with `not_enough_data`.
    """

    outcome: Outcome
    reason: Reason
    quantity: Quantity
    on: date
    alpha: float
    jump: float
    """A jump so many times the normal is what "enough data" is measured by."""
    from_date: date | None = None
    window_days: int | None = None
    sessions: int | None = None
    observed: int | None = None
    expected: float | None = None
    ratio: float | None = None
    mix: float | None = None
    """How many times the baseline's rate the mix of the visits leads one to expect; 1 where the mix is not looked at."""
    mix_by: str | None = None
    """The lane that tells the mix."""
    p: float | None = None
    threshold: int | None = None
    looks: tuple[Look, ...] = ()
    baseline_from: date | None = None
    baseline_to: date | None = None
    baseline_days: int = 0
    baseline_excluded: tuple[tuple[date, Flag], ...] = ()
    baseline_missing: int = 0
    baseline_adopted: bool = False
    rate: float | None = None
    dispersion: float | None = None
    sessions_needed: int | None = None
    flags: frozenset[Flag] = frozenset()
    """Why the day itself is not comparable."""


def explain(verdict: Verdict) -> str:
    """One line for a person, without the metric's name and the page, which the caller knows."""
    return _SAY[verdict.reason].format(**_facts(verdict))


_WHAT: dict[Quantity, str] = {"signal_sessions": "visits with it", "events": "events"}

_MEASURED = "{observed:,} {what} in {sessions:,} visits {window}, {expected:,.1f} are normal{mixed}"
_SAY: dict[Reason, str] = {
    "beyond_chance": _MEASURED + ": {ratio:.1f} times, and chance alone does it once in {once_in:,} days",
    "within_chance": _MEASURED + ": it would take {threshold:,} to be beyond chance",
    "within_chance_among_pages": _MEASURED + ": it would take {threshold:,} to be beyond chance among so many pages",
    "below_ratio_floor": _MEASURED + ": {ratio:.2f} times is too little to matter; {threshold:,} would fire",
    "too_few_events": _MEASURED + ": so few can be two or three visitors; {threshold:,} would fire",
    "one_visitor_could": _MEASURED + ": one visitor's clicks could be the difference; {threshold:,} would fire",
    "today_is_normal": _MEASURED + ", but the last day by itself is normal",
    "not_enough_data": (
        "not enough data for this rule on this site: needs about {sessions_needed} visits a day to see a jump of {jump:g}"
        " times, has {sessions_a_day:,.0f}"
    ),
    "too_uneven": "no rule can tell here: the rate itself jumps by nearly {jump:g} times from day to day",
    "baseline_too_short": (
        "not enough days to compare with: {baseline_days} usable from {baseline_from} to {baseline_to},"
        " {excluded} left out, {baseline_missing} without data"
    ),
    "day_not_comparable": "the day cannot be compared with others: {flags}",
    "no_sessions": "no visit on {on}",
}


MATTERS = 1.05
"""A mix that moves the expected count by less is not spoken of."""

_MIXED_BY = {
    "url_device": "pages and devices",
    "url_source": "pages and sources",
    "url_country": "pages and countries",
    "url_campaign_channel": "pages and campaigns",
}


def _mixed(verdict: Verdict) -> str:
    """What the mix has to do with what is normal, where it has."""
    if not verdict.mix or not verdict.mix_by or 1 / MATTERS < verdict.mix < MATTERS:
        return ""
    return f" for this mix of {_MIXED_BY.get(verdict.mix_by, 'visits')}, {verdict.mix:.2f} times the usual rate"


def _facts(verdict: Verdict) -> dict[str, object]:
    days = verdict.window_days
    p, needed = verdict.p or 0.0, verdict.sessions_needed
    return {
        **{name: getattr(verdict, name) for name in Verdict.__slots__},
        "what": _WHAT[verdict.quantity],
        "window": f"on {verdict.on}" if days == 1 else f"from {verdict.from_date} to {verdict.on}",
        "once_in": round(1 / p) if p > 1e-9 else 10**9,
        "sessions_needed": f"{needed or 0:,}",
        "sessions_a_day": (verdict.sessions or 0) / (days or 1),
        "mixed": _mixed(verdict),
        "excluded": len(verdict.baseline_excluded),
        "flags": ", ".join(sorted(flag.replace("_", " ") for flag in verdict.flags)),
    }
