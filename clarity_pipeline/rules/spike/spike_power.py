"""What a look could see at all: the count that fires, whether a jump would reach it, and how large a site would have to be.

Called by `spike`. It knows the baseline and the sessions of a window, never what was counted in it: whether there is enough data
must not depend on the data.
"""

import math
from collections.abc import Sequence

from clarity_pipeline.rules.spike.baseline import Baseline
from clarity_pipeline.rules.spike.spike_settings import SpikeSettings
from clarity_pipeline.rules.statistics.negative_binomial import quantile_near, tail, threshold

_MOST_TIMES_LARGER = 2.0**20


def least_count(mean: float, dispersion: float, *, alpha: float, settings: SpikeSettings) -> int:
    """The smallest count that fires where `mean` is expected."""
    by_chance = threshold(mean=mean, dispersion=dispersion, alpha=alpha)
    return max(by_chance, math.ceil(settings.ratio_floor * mean), settings.min_events) + settings.one_visitor


def is_enough(
    normal: Baseline,
    exposures: Sequence[float],
    *,
    alpha: float,
    settings: SpikeSettings,
    scale: float = 1.0,
    doubt: float = 0.0,
) -> bool:
    """Whether a jump of `settings.jump` times in the whole window would fire with the chance that the settings ask for.

    A count halfway between where alarms begin and what such a jump brings nearly always tells, without a search for the least.
    """
    expected = normal.predict(exposures, scale=scale, doubt=doubt)
    mean = settings.jump * expected.mean
    if mean < settings.min_events:
        return False
    fires = quantile_near(expected.mean, expected.dispersion, share=1 - alpha)
    comes = quantile_near(mean, expected.wobble, share=1 - settings.power)
    floor = max(math.ceil(settings.ratio_floor * expected.mean), settings.min_events)
    between = max(floor, (fires + comes) // 2)
    it_comes = tail(between + settings.one_visitor, mean=mean, dispersion=expected.wobble) >= settings.power
    if not it_comes and between == floor:
        return False
    it_fires = tail(between, mean=expected.mean, dispersion=expected.dispersion) <= alpha
    if it_fires is it_comes:
        return it_comes  # the least count that fires is no larger, or it is larger
    least = least_count(expected.mean, expected.dispersion, alpha=alpha, settings=settings)
    return tail(least, mean=mean, dispersion=expected.wobble) >= settings.power


def sessions_needed(normal: Baseline, *, sessions_a_day: float, days: int, alpha: float, settings: SpikeSettings) -> int | None:
    """Sessions a day at which a window of `days` would do, within a tenth; None where a million times as many would not."""
    exposures = [round(sessions_a_day)] * days
    low, high = 1.0, 2.0
    while not is_enough(normal, exposures, alpha=alpha, settings=settings, scale=high):
        if high >= _MOST_TIMES_LARGER:
            return None
        low, high = high, high * 2
    while high / low > 1.1:
        middle = (low * high) ** 0.5
        enough = is_enough(normal, exposures, alpha=alpha, settings=settings, scale=middle)
        low, high = (low, middle) if enough else (middle, high)
    return int(float(f"{sessions_a_day * high:.2g}"))
