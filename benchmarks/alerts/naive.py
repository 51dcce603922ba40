"""What other tools do, on the same days: five detectors that answer for every day of a series at once.

Each takes a `Series` of D days and gives D booleans; the first 35 days are never answered for, as with ours. They get the
quantity that they are used with: clicks, or clicks a session; the Poisson test gets sessions with the signal, its best case.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchmarks.alerts.sites import Floats, Ints, Series

Bools = NDArray[np.bool_]
BEFORE = 35


def twice_the_week(series: Series) -> Bools:
    """The count is more than twice the mean of the 7 days before."""
    return _answer(series.events[7:] > 2 * _sums(series.events, 7) / 7, 7)


def rate_half_more_than_the_week(series: Series) -> Bools:
    """Clicks a session are more than 1.5 times those of the 7 days before."""
    clicks, sessions = _sums(series.events, 7), _sums(series.sessions, 7)
    return _answer(series.events[7:] * sessions > 1.5 * clicks * series.sessions[7:], 7)


def poisson(series: Series) -> Bools:
    """So many sessions with the signal or more have a chance under 1 in 1,000 at the rate of 28 days."""
    rate = _sums(series.signal_sessions, 28) / np.maximum(1, _sums(series.sessions, 28))
    return _answer(special.gammainc(np.maximum(1e-9, series.signal_sessions[28:]), rate * series.sessions[28:]) < 1e-3, 28)


def mean_and_three_deviations(series: Series) -> Bools:
    """The count is above the mean of 28 days by more than three standard deviations."""
    windows = np.lib.stride_tricks.sliding_window_view(series.events, 28)[:-1]
    return _answer(series.events[28:] > windows.mean(axis=1) + 3 * windows.std(axis=1, ddof=1), 28)


def robust_z(series: Series) -> Bools:
    """The log of the rate is 3.5 scaled median deviations above its median over 28 days."""
    rates = np.log((series.events + 0.5) / (series.sessions + 1))
    windows = np.lib.stride_tricks.sliding_window_view(rates, 28)[:-1]
    middle = np.median(windows, axis=1)
    spread = np.median(np.abs(windows - middle[:, None]), axis=1)
    return _answer(0.6745 * (rates[28:] - middle) > 3.5 * np.maximum(1e-9, spread), 28)


DETECTORS: Mapping[str, Callable[[Series], Bools]] = {
    "count > 2 x 7-day mean": twice_the_week,
    "rate > 1.5 x prior week": rate_half_more_than_the_week,
    "Poisson, p < 0.001": poisson,
    "mean + 3 sd": mean_and_three_deviations,
    "robust z > 3.5": robust_z,
}


def _sums(values: Ints, days: int) -> Floats:
    """Sums over the `days` days before each day from the `days`-th on."""
    total = np.concatenate(([0], np.cumsum(values)))
    return (total[days:-1] - total[: -days - 1]).astype(float)


def _answer(fired: Bools, first: int) -> Bools:
    whole = np.concatenate((np.zeros(first, dtype=bool), fired))
    whole[:BEFORE] = False
    return whole
