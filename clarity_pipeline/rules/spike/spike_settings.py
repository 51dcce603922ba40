"""How sure, how large and how long: what a spike leaf may set, with defaults that `benchmarks/alerts` measures.

Read by `spike`, `page_spikes` and whoever builds a leaf. A business needs none of them to be set.
"""

from dataclasses import dataclass

from clarity_pipeline.rules.spike.baseline import Quantity

ONE_VISITORS_CLICKS = 100
"""The storms of `docs/design.md#spike` have 80; so many events are taken off every window before it is tested."""


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


def share_of_alpha(place: int, looks: int) -> float:
    """What the look at this place, the shortest window first, may spend of alpha; all of them spend 1."""
    if looks == 1:
        return 1.0
    return 0.5 if place == looks - 1 else 0.5 / (looks - 1)
