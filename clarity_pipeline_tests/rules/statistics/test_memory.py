"""How long a rate stays where it wandered to, and how far off a forecast is then: numpy's covariances as the oracle."""

import numpy as np
import pytest

from clarity_pipeline.rules.statistics.memory import MOST, apart, memory, of_a_mean


def correlations(keeps: float, days: int) -> np.ndarray:
    """Between all days of a first-order autoregression."""
    places = np.arange(days)
    return np.asarray(keeps ** np.abs(places[:, None] - places[None, :]))


@pytest.mark.parametrize("keeps", [0.0, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("days", [1, 3, 28])
def test_the_variance_of_a_mean_is_the_mean_of_the_covariances(keeps: float, days: int) -> None:
    assert of_a_mean(keeps, days) == pytest.approx(correlations(keeps, days).mean())


@pytest.mark.parametrize("keeps", [0.0, 0.5, 0.9])
@pytest.mark.parametrize(("days", "behind"), [(1, 1), (1, 7), (3, 7), (7, 7)])
def test_how_far_the_means_of_two_spans_are_apart(keeps: float, days: int, behind: int) -> None:
    weights = np.zeros(28 + behind)
    weights[:28] -= 1 / 28
    weights[28 + behind - days :] += 1 / days
    assert apart(keeps, days=days, behind=behind, baseline=28) == pytest.approx(
        weights @ correlations(keeps, 28 + behind) @ weights
    )


def wandering(
    rng: np.random.Generator, *, keeps: float, spread: float, mean: float, days: int = 28
) -> tuple[list[int], list[float]]:
    """Counts of so many days, and what is expected of each."""
    level, counts = rng.normal(0, spread), []
    for _ in range(days):
        counts.append(int(rng.poisson(mean * np.exp(level - spread**2 / 2))))
        level = keeps * level + rng.normal(0, spread * (1 - keeps**2) ** 0.5)
    return counts, [sum(counts) / days] * days


def told(keeps: float, *, spread: float = 0.25, mean: float = 150.0) -> np.ndarray:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(200):
        counts, means = wandering(rng, keeps=keeps, spread=spread, mean=mean)
        wobble = max(0.01, np.var(counts) / means[0] ** 2 - 1 / means[0])
        found.append(memory(counts, means, list(range(28)), wobble=wobble))
    return np.array(found)


def test_a_rate_that_wanders_is_told_from_one_that_wobbles() -> None:
    assert np.median(told(0.0)) < 0.1
    assert 0.3 < np.median(told(0.7)) < 0.85
    assert np.median(told(0.9)) > 0.6
    assert told(0.95).max() <= MOST


def test_the_few_events_of_a_small_site_tell_of_no_memory() -> None:
    """Five a day: chance is most of what they wobble by."""
    assert np.mean(told(0.0, spread=0.17, mean=5.0) > 0.3) < 0.3


def test_too_few_days_in_a_row_have_no_memory() -> None:
    assert memory([], [], [], wobble=0.03) == 0.0
    assert memory([9, 1], [5.0, 5.0], [0, 1], wobble=0.03) == 0.0
    assert memory([9, 1, 9, 1], [5.0] * 4, [0, 2, 4, 6], wobble=0.03) == 0.0
    assert memory([9, 8, 9], [5.0] * 3, [0, 1, 2], wobble=0.0) == 0.0
