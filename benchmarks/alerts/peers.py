"""Three ways in which others watch a rate, on the same days as ours, as small as they can honestly be.

- twice the mean: the count is above twice the mean of the 7 days before, what most dashboards offer (`naive`);
- ETS: exponential smoothing of the logarithm of the rate, ETS(A,N,N) of Hyndman et al. ("Forecasting with Exponential Smoothing",
  2008), its parameter fitted again each week on the days before; an alarm beyond the one-sided 99.9 % of its errors;
- Farrington: a quasi-Poisson rate over four weeks with exposure, days that stand out weighed down by their Anscombe residuals,
  and the two-thirds power bound of Farrington et al. (J. R. Stat. Soc. A 159, 1996), at 99.9 %. Without its years back, and so
  without their seasons, since no business has them.
"""

from collections.abc import Callable, Mapping
from statistics import NormalDist

import numpy as np

from benchmarks.alerts.naive import BEFORE, Bools, twice_the_week
from benchmarks.alerts.sites import Floats, Series

Z = NormalDist().inv_cdf(0.999)
_ALPHAS = np.linspace(0.05, 0.95, 10)


def ets(series: Series) -> Bools:
    """Above the forecast of the day before by more than chance."""
    logs = np.log((series.signal_sessions + 0.5) / (series.sessions + 1))
    errors = np.stack([_errors(logs, alpha) for alpha in _ALPHAS])
    fired = np.zeros(len(logs), dtype=bool)
    for first in range(BEFORE, len(logs), 7):
        squares = (errors[:, max(1, first - 120) : first] ** 2).mean(axis=1)
        best = int(np.argmin(squares))
        fired[first : first + 7] = errors[best, first : first + 7] > Z * np.sqrt(squares[best])
    return fired


def _errors(logs: Floats, alpha: float) -> Floats:
    level, found = logs[0], np.zeros(len(logs))
    for number in range(1, len(logs)):
        found[number] = logs[number] - level
        level += alpha * found[number]
    return found


def farrington(series: Series) -> Bools:
    """Above the bound of the 28 days that end a week before."""
    fired = np.zeros(len(series.sessions), dtype=bool)
    for number in range(BEFORE, len(fired)):
        counts, exposure = (each[number - 34 : number - 6].astype(float) for each in (series.signal_sessions, series.sessions))
        if not exposure.sum() or not series.sessions[number]:
            continue
        weights = np.ones(28)
        for _ in range(2):
            rate = max(1e-9, (weights * counts).sum() / max(1e-9, (weights * exposure).sum()))
            mean = np.maximum(1e-9, rate * exposure)
            wobble = max(1.0, float((weights * (counts - mean) ** 2 / mean).sum() / 27))
            stand_out = 1.5 * (counts ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * np.sqrt(wobble))
            weights = np.where(stand_out > 1, np.maximum(1e-9, stand_out) ** -2, 1.0)
            weights *= 28 / weights.sum()
        expected = rate * series.sessions[number]
        variance = wobble * expected + wobble * expected**2 / max(1e-9, (weights * mean).sum())
        bound = expected * (1 + 2 / 3 * Z * np.sqrt(variance) / expected) ** 1.5
        fired[number] = series.signal_sessions[number] > bound and series.signal_sessions[number] >= 5
    return fired


PEERS: Mapping[str, Callable[[Series], Bools]] = {"twice the mean": twice_the_week, "ETS": ets, "Farrington": farrington}
