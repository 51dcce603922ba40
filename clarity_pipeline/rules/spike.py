"""Is today's friction beyond chance? The test behind `spike` leaves: pure, one verdict for one quantity and day.

Called by the rule tree and by `page_spikes`. A negative binomial with the dispersion of four baseline weeks and sessions as
exposure, as public-health surveillance tests case counts (Farrington et al., J. R. Stat. Soc. A 159, 1996; R `surveillance`).
"Twice the 7-day mean" fires dozens of times a site and year with nothing changed; `benchmarks/alerts` measures both on the
same days.

Weekdays need no factor of their own: sessions are the exposure, so a weekend is fewer sessions and not a lower rate; where the
rate itself has a weekly rhythm, the dispersion holds it (`benchmarks.alerts.weekdays`). That no more sessions have the signal
than there are is left out of the distribution, which errs to silence for a signal that most sessions have.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from clarity_pipeline.rules.baseline import Baseline, Day, Quantity, baseline, by_date
from clarity_pipeline.rules.spike_verdict import Look, Outcome, Reason, Verdict
from clarity_pipeline.rules.statistics.negative_binomial import tail, threshold

ONE_VISITORS_CLICKS = 100
"""The storms of `peers.md` section 6 have 80; so many events are taken off every window before it is tested."""

_MOST_TIMES_LARGER = 2.0**20


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeSettings:
    """How sure, how large, how long.

    `alpha` is the chance of a false alarm of one quantity a day, all looks together: 0.001 is 0.37 a year. `windows` are
    looked at from the shortest on until one is long enough to see a jump of `jump` times with a chance of `power`; each look
    pays for its share of alpha. The days of the longest window belong to no baseline, so that no window meets itself in it.
    """

    quantity: Quantity = "signal_sessions"
    alpha: float = 0.001
    ratio_floor: float = 1.5
    min_events: int = 5
    windows: tuple[int, ...] = (1, 3, 7)
    jump: float = 3.0
    power: float = 0.9
    baseline_days: int = 28
    least_baseline_days: int = 14

    def __post_init__(self) -> None:
        if not (0 < self.alpha < 1 and 0 < self.power < 1 and self.ratio_floor >= 1 and self.jump > 1 and self.min_events >= 1):
            raise ValueError("alpha and power are within 0 and 1; ratio_floor, jump and min_events at least 1")
        if not self.windows or list(self.windows) != sorted(set(self.windows)) or self.windows[0] < 1:
            raise ValueError("windows are numbers of days, the shortest first")
        if not 2 <= self.least_baseline_days <= self.baseline_days:
            raise ValueError("least_baseline_days is from 2 to baseline_days")

    @property
    def one_visitor(self) -> int:
        """What one visitor may add without anything being wrong with the site: nothing to sessions, 100 clicks to events."""
        return 0 if self.quantity == "signal_sessions" else ONE_VISITORS_CLICKS

    @property
    def days_before(self) -> int:
        """How many days before today the test can make use of."""
        return self.windows[-1] - 1 + self.baseline_days


DEFAULT = SpikeSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The looks at one quantity before anybody decides; `enough` says whether a jump would have been seen."""

    settings: SpikeSettings
    day: Day
    normal: Baseline
    looks: tuple[Look, ...]
    enough: bool

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
            p=self._paid(look),
            threshold=_least_count(look.expected, look.dispersion, alpha=alpha * self._share(look), settings=asked),
            looks=self.looks,
            sessions_needed=needed,
        )

    def _paid(self, look: Look) -> float:
        return min(1.0, look.p / self._share(look))

    def _share(self, look: Look) -> float:
        """The part of alpha that a look may spend: half for the longest, since that is the one with enough data."""
        return share_of_alpha(self.looks.index(look), len(self.looks))

    def _sessions_needed(self) -> int | None:
        """Sessions a day at which the longest window would do, within a tenth; None where a million times as many would not."""
        widest = self.looks[-1]
        alpha = self.settings.alpha * self._share(widest)
        a_day = widest.sessions / widest.days
        exposures = [round(a_day)] * widest.window_days
        low, high = 1.0, 2.0
        while not _is_enough(self.normal, exposures, alpha=alpha, settings=self.settings, scale=high):
            if high >= _MOST_TIMES_LARGER:
                return None
            low, high = high, high * 2
        while high / low > 1.1:
            middle = (low * high) ** 0.5
            enough = _is_enough(self.normal, exposures, alpha=alpha, settings=self.settings, scale=middle)
            low, high = (low, middle) if enough else (middle, high)
        return int(float(f"{a_day * high:.2g}"))


def spike(today: Day, before: Iterable[Day], settings: SpikeSettings = DEFAULT) -> Verdict:
    """Whether `today` is beyond chance, given earlier days in any order (`settings.days_before` of them are of use).

    Days from today on are not looked at: a day evaluated late answers as it would have on time.
    """
    weighed = weigh(today, before, settings)
    return weighed if isinstance(weighed, Verdict) else weighed.decide(settings.alpha)


def weigh(today: Day, before: Iterable[Day], settings: SpikeSettings = DEFAULT) -> Weighed | Verdict:
    """All looks at a day, to be decided at whatever level; a verdict at once where nothing can be said."""
    if today.flags - {"incident"}:
        return replace(_about(today, settings), reason="day_not_comparable", flags=today.flags - {"incident"})
    if not today.sessions:
        return _about(today, settings)
    earlier = by_date(before, before=today.date)
    normal = baseline(
        earlier,
        first=today.date - timedelta(days=settings.days_before),
        length=settings.baseline_days,
        least_days=settings.least_baseline_days,
        quantity=settings.quantity,
    )
    if normal is None or normal.days_used < settings.least_baseline_days:
        return replace(_about(today, settings, normal), reason="baseline_too_short")

    looks: list[Look] = []
    enough = False
    for place, window_days in enumerate(settings.windows):
        window = [day for day in earlier if 0 < (today.date - day.date).days < window_days and not day.flags - {"incident"}]
        looks.append(_look([*window, today], window_days, normal, settings=settings))
        exposures = [day.sessions for day in (*window, today)]
        enough = _is_enough(normal, exposures, alpha=settings.alpha * share_of_alpha(place, place + 1), settings=settings)
        if enough:
            break
    return Weighed(settings=settings, day=today, normal=normal, looks=tuple(looks), enough=enough)


def _look(window: Sequence[Day], window_days: int, normal: Baseline, *, settings: SpikeSettings) -> Look:
    today = window[-1]
    observed = sum(day.count(settings.quantity) for day in window)
    sessions = sum(day.sessions for day in window)
    expected = normal.predict([day.sessions for day in window])
    counted = max(0, observed - settings.one_visitor)
    least = max(settings.min_events, settings.ratio_floor * expected.mean)
    guards: tuple[tuple[bool, Reason], ...] = (
        (observed < settings.min_events, "too_few_events"),
        (observed < least, "below_ratio_floor"),
        (counted < least, "one_visitor_could"),
        (window_days > 1 and today.count(settings.quantity) <= normal.rate * today.sessions, "today_is_normal"),
    )
    return Look(
        window_days=window_days,
        from_date=today.date - timedelta(days=window_days - 1),
        days=len(window),
        sessions=sessions,
        observed=observed,
        expected=expected.mean,
        p=tail(counted, mean=expected.mean, dispersion=expected.dispersion),
        dispersion=expected.dispersion,
        guard=next((reason for stands, reason in guards if stands), None),
    )


def share_of_alpha(place: int, looks: int) -> float:
    """What the look at this place, the shortest window first, may spend of alpha; all of them spend 1."""
    if looks == 1:
        return 1.0
    return 0.5 if place == looks - 1 else 0.5 / (looks - 1)


def _is_enough(normal: Baseline, exposures: Sequence[int], *, alpha: float, settings: SpikeSettings, scale: float = 1.0) -> bool:
    """Whether a jump of `settings.jump` times in the whole window would fire with the chance that the settings ask for."""
    expected = normal.predict(exposures, scale=scale)
    mean = settings.jump * expected.mean
    if mean < settings.min_events:
        return False
    least = _least_count(expected.mean, expected.dispersion, alpha=alpha, settings=settings)
    return tail(least, mean=mean, dispersion=expected.wobble) >= settings.power


def _least_count(mean: float, dispersion: float, *, alpha: float, settings: SpikeSettings) -> int:
    by_chance = threshold(mean=mean, dispersion=dispersion, alpha=alpha)
    by_size = -int(-settings.ratio_floor * mean // 1)
    return max(by_chance, by_size, settings.min_events) + settings.one_visitor


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
