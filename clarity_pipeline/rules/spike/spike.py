"""Is today's friction beyond chance? The test behind `spike` leaves: pure, one verdict for one quantity and day.

Called by `signal_tests` and `page_spikes`. A negative binomial with the dispersion of four baseline weeks and sessions as
exposure, as public-health surveillance tests case counts (Farrington et al., J. R. Stat. Soc. A 159, 1996; R `surveillance`).
"Twice the 7-day mean" fires dozens of times a site and year with nothing changed; `benchmarks/alerts` measures both on the
same days.

Weekdays have no factor of their own. Sessions are the exposure, so a weekend is fewer sessions and not a lower rate; a weekly
rhythm of the rate itself goes into the dispersion and costs power: with 30 % more at weekends a doubling is seen on its first day
on 58 % of the sites of 2,000 sessions, 96 % with a factor. But a factor told from four Mondays doubles the false alarms where
there is no rhythm (0.4 to 0.8 a year, `benchmarks.alerts.weekdays`), and nobody knows beforehand which sites have one.

That no more sessions have the signal than there are is left out of the distribution, which errs to silence for a signal that
most sessions have.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from clarity_pipeline.rules.spike.baseline import Baseline, Day, Flag, Standard, baseline, by_date
from clarity_pipeline.rules.spike.spike_power import is_enough, least_count, sessions_needed
from clarity_pipeline.rules.spike.spike_settings import DEFAULT, SpikeSettings, share_of_alpha
from clarity_pipeline.rules.spike.spike_verdict import Look, Outcome, Reason, Verdict

_INCIDENT: frozenset[Flag] = frozenset({"incident"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The looks at one quantity before anybody decides; `enough` says whether a jump would have been seen."""

    settings: SpikeSettings
    day: Day
    normal: Baseline
    looks: tuple[Look, ...]
    enough: bool
    mix_by: str | None = None

    @property
    def p(self) -> float:
        """The chance of the strongest look that may fire, paid for by the number of looks; 1 where none may."""
        return min((self._paid(look) for look in self.looks if not look.guard), default=1.0)

    def outcome(self, alpha: float) -> Outcome:
        """The answer at a level, without its reasons."""
        return "fired" if self.p <= alpha else "not" if self.enough else "unknown"

    def decide(self, alpha: float, *, within: Reason = "within_chance") -> Verdict:
        """The verdict at a level; `within` is what to say of a look that only the level stops."""
        look = min(self.looks, key=lambda each: (each.guard is not None or self._paid(each) > alpha, each.p))
        outcome = self.outcome(alpha)
        fired = outcome == "fired"
        reason: Reason = "beyond_chance" if fired else within
        if not fired and look.guard and (self._paid(look) <= alpha or look.guard == "one_visitor_could"):
            reason = look.guard
        needed = None
        if not fired and not self.enough:
            needed, look = self._sessions_needed(), self.looks[-1]
            reason = "not_enough_data" if needed else "too_uneven"
        asked = self.settings
        return replace(
            _about(self.day, asked, self.normal),
            outcome=outcome,
            reason=reason,
            alpha=alpha,
            from_date=look.from_date,
            window_days=look.window_days,
            sessions=look.sessions,
            observed=look.observed,
            expected=look.expected,
            ratio=look.ratio,
            mix=look.mix,
            mix_by=self.mix_by,
            p=self._paid(look),
            threshold=least_count(look.expected, look.dispersion, alpha=alpha * self._share(look), settings=asked),
            looks=self.looks,
            sessions_needed=needed,
        )

    def _paid(self, look: Look) -> float:
        return min(1.0, look.p / self._share(look))

    def _share(self, look: Look) -> float:
        """The part of alpha that a look may spend: half for the longest, since that is the one with enough data."""
        return share_of_alpha(self.looks.index(look), len(self.looks))

    def _sessions_needed(self) -> int | None:
        widest = self.looks[-1]
        return sessions_needed(
            self.normal,
            sessions_a_day=widest.sessions / widest.days,
            days=widest.window_days,
            alpha=self.settings.alpha * self._share(widest),
            settings=self.settings,
        )


def weigh(
    today: Day, before: Iterable[Day], settings: SpikeSettings = DEFAULT, *, standard: Standard | None = None
) -> Weighed | Verdict:
    """All looks at `today`, to be decided at whatever level; a verdict at once where nothing can be said.

    `standard` says what the mix of each day's visits leads one to expect; without it all visits are alike. `before` are days in
    any order, of which `settings.days_before` are of use. Days from today on are not looked at: a day evaluated late answers as
    it would have on time.
    """
    if today.flags - _INCIDENT:
        return replace(_about(today, settings), reason="day_not_comparable", flags=today.flags - _INCIDENT)
    if not today.sessions:
        return _about(today, settings)
    earlier = by_date(before, before=today.date)
    normal = baseline(
        earlier,
        first=today.date - timedelta(days=settings.days_before),
        length=settings.baseline_days,
        least_days=settings.least_baseline_days,
        quantity=settings.quantity,
        standard=standard,
    )
    if normal is None or normal.days_used < settings.least_baseline_days:
        return replace(_about(today, settings, normal), reason="baseline_too_short")

    looks: list[Look] = []
    enough = False
    for place, window_days in enumerate(settings.windows):
        since = today.date - timedelta(days=window_days)
        nearest = earlier[len(earlier) - window_days + 1 :] if len(earlier) >= window_days else earlier
        window = [day for day in nearest if day.date > since and not day.flags - _INCIDENT]
        exposed = _exposed([*window, today], standard)
        looks.append(_look([*window, today], window_days, normal, exposed, settings=settings))
        level = settings.alpha * share_of_alpha(place, place + 1)
        enough = is_enough(normal, exposed.days, alpha=level, settings=settings, doubt=exposed.doubt)
        if enough:
            break
    return Weighed(
        settings=settings, day=today, normal=normal, looks=tuple(looks), enough=enough, mix_by=standard.lane if standard else None
    )


@dataclass(frozen=True, slots=True)
class _Exposed:
    """The days of a window as so many sessions of the baseline's mix, and how far that is known."""

    days: Sequence[float]
    doubt: float


def _exposed(window: Sequence[Day], standard: Standard | None) -> _Exposed:
    if standard is None:
        return _Exposed([day.sessions for day in window], 0.0)
    return _Exposed([standard.exposure(day) for day in window], standard.doubt(window))


def _look(window: Sequence[Day], window_days: int, normal: Baseline, exposed: _Exposed, *, settings: SpikeSettings) -> Look:
    today = window[-1]
    observed = sum(day.count(settings.quantity) for day in window)
    sessions = sum(day.sessions for day in window)
    expected = normal.predict(exposed.days, doubt=exposed.doubt)
    counted = max(0, observed - settings.one_visitor)
    least = max(settings.min_events, settings.ratio_floor * expected.mean)
    guards: tuple[tuple[bool, Reason], ...] = (
        (observed < settings.min_events, "too_few_events"),
        (observed < least, "below_ratio_floor"),
        (counted < least, "one_visitor_could"),
        (window_days > 1 and today.count(settings.quantity) <= normal.rate * exposed.days[-1], "today_is_normal"),
    )
    return Look(
        window_days=window_days,
        from_date=today.date - timedelta(days=window_days - 1),
        days=len(window),
        sessions=sessions,
        observed=observed,
        counted=counted,
        expected=expected.mean,
        dispersion=expected.dispersion,
        mix=math.fsum(exposed.days) / sessions,
        guard=next((reason for stands, reason in guards if stands), None),
    )


def _about(today: Day, settings: SpikeSettings, normal: Baseline | None = None) -> Verdict:
    """What is known before any look."""
    about = Verdict(
        outcome="unknown",
        reason="no_sessions",
        quantity=settings.quantity,
        on=today.date,
        alpha=settings.alpha,
        jump=settings.jump,
        baseline_from=today.date - timedelta(days=settings.days_before),
        baseline_to=today.date - timedelta(days=settings.windows[-1]),
    )
    if normal is None:
        return replace(about, baseline_missing=settings.baseline_days)
    return replace(
        about,
        baseline_days=normal.days_used,
        baseline_excluded=normal.excluded,
        baseline_missing=normal.missing,
        baseline_adopted=normal.adopted,
        rate=normal.rate,
        dispersion=normal.dispersion,
    )
