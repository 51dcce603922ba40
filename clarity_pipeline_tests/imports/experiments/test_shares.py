"""Shares and their differences: scipy as the oracle, and false alarms counted where days wobble and visitors come late."""

import itertools
import math
import random
import statistics
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from clarity_pipeline.imports.experiments.shares import Days, Difference, always_valid, as_normal, critical, difference, share

FIRST = date(2026, 11, 1)


def days(*counts: tuple[int, int]) -> Days:
    return {FIRST + timedelta(days=n): each for n, each in enumerate(counts)}


@pytest.mark.parametrize("freedom", [5.0, 8.5, 20.0, 200.0])
@pytest.mark.parametrize("z", [0.5, 1.96, 3.0, 4.5])
def test_students_t_is_near_enough(z: float, freedom: float) -> None:
    p = stats.norm.sf(z)
    assert critical(z, freedom=freedom) == pytest.approx(stats.t.isf(p, freedom), rel=0.07)
    assert as_normal(float(stats.t.isf(p, freedom)), freedom=freedom) == pytest.approx(z, rel=0.02)
    assert as_normal(critical(z, freedom=freedom), freedom=freedom) == pytest.approx(z)


@pytest.mark.parametrize(("hits", "of"), [(0, 40), (3, 40), (120, 2400), (40, 40)])
def test_with_many_calm_days_the_interval_is_wilsons(hits: int, of: int) -> None:
    found = share(days(*[(hits, of)] * 400))
    wanted = stats.binomtest(hits * 400, of * 400).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == (pytest.approx(wanted.low, abs=3e-5), pytest.approx(wanted.high, abs=3e-5))


def test_with_calm_days_the_difference_is_that_of_the_pooled_test_by_students_t() -> None:
    one, other = [(6, 100)] * 100, [(5, 100)] * 100
    found = difference(days(*one), days(*other))
    assert found is not None
    assert found.by == pytest.approx(0.01)
    t = 0.01 / math.sqrt(0.055 * 0.945 * (2 / 10_000)) * math.sqrt(199 / 200)  # hypergeometric within a day of 200
    assert found.p_once == pytest.approx(2 * stats.t.sf(t, 104), rel=0.01)
    assert found.p > found.p_once


def test_nobody_is_no_share_and_few_are_no_difference() -> None:
    assert share({}).rate is share(days((0, 0))).rate is None
    assert share(days((0, 0))).of == 0
    assert difference({}, {}) is difference(days((0, 0)), days((0, 0))) is None
    assert difference(days((4, 50)), days((0, 50))) is None
    assert difference(days((20, 50)), {FIRST - timedelta(days=1): (5, 50)}) is None  # no day in common


counts = st.integers(0, 300).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(st.lists(st.tuples(counts, counts), max_size=20))
def test_intervals_hold_the_share_and_swapping_sides_turns_the_sign(both: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    one, other = days(*(first for first, _ in both)), days(*(second for _, second in both))
    found = share(one)
    if found.rate is not None:
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.rate + 1e-12
        assert found.rate - 1e-12 <= found.high <= 1
    there, back = difference(one, other), difference(other, one)
    assert (there is None) == (back is None)
    if there and back:
        assert 0 <= there.p <= 1
        assert (there.by, there.p) == (pytest.approx(-back.by, abs=1e-12), pytest.approx(back.p, abs=1e-12))


def drawn(chance: random.Random, people: int, rate: float) -> tuple[int, int]:
    return sum(chance.random() < rate for _ in range(people)), people


def naive_p(one: Days, other: Days) -> float:
    """The pooled test of two shares, which knows no days."""
    (hits, of), (other_hits, other_of) = ([sum(each[n] for each in side.values()) for n in (0, 1)] for side in (one, other))
    rate = (hits + other_hits) / (of + other_of)
    return float(
        2 * stats.norm.sf(abs(hits / of - other_hits / other_of) / math.sqrt(rate * (1 - rate) * (1 / of + 1 / other_of)))
    )


def test_days_that_wobble_apart_make_no_false_alarms_as_the_naive_test_does() -> None:
    """Each variant's page has a rate that wobbles by 25 % a day on its own: 400 experiments in which nothing differs."""
    chance, ours, naive = random.Random(7), 0, 0
    for _ in range(400):
        one, other = (days(*(drawn(chance, 400, 0.1 * chance.lognormvariate(0, 0.25)) for _ in range(10))) for _ in range(2))
        found = difference(one, other)
        ours += found is not None and found.p_once <= 0.01
        naive += naive_p(one, other) <= 0.01
    assert ours <= 8  # 1 % of 400, and twice that by chance
    assert naive > 12


def test_a_variant_that_got_its_visitors_on_the_good_days_is_no_better() -> None:
    """Sent more visitors at the weekend, when everybody converts twice as often: Simpson's paradox."""
    chance, ours, naive = random.Random(3), 0, 0
    for _ in range(100):
        one = days(*(drawn(chance, people, rate) for people, rate in [(100, 0.05), (400, 0.1)] * 5))
        other = days(*(drawn(chance, people, rate) for people, rate in [(400, 0.05), (100, 0.1)] * 5))
        found = difference(one, other)
        ours += found is not None and found.p_once <= 0.01
        naive += naive_p(one, other) <= 0.01
    assert ours <= 4
    assert naive > 50


def test_a_difference_that_is_there_is_found() -> None:
    chance = random.Random(5)
    found = 0
    for _ in range(50):
        one = days(*(drawn(chance, 400, 0.15) for _ in range(10)))
        other = days(*(drawn(chance, 400, 0.10) for _ in range(10)))
        measured = difference(one, other)
        found += measured is not None and measured.by > 0 and measured.p <= 0.01
    assert found >= 45


def test_the_p_of_any_number_of_looks_is_the_inverse_of_the_mixture_likelihood_ratio() -> None:
    """Integrated by scipy: effects drawn from N(0, 2^2) against none, seen 3.5 with an error of 1."""
    ratio, _ = integrate.quad(lambda effect: stats.norm.pdf(3.5, effect, 1) * stats.norm.pdf(effect, 0, 2), -30, 30)
    assert always_valid(3.5, spread=2) == pytest.approx(stats.norm.pdf(3.5) / ratio, rel=1e-6)
    assert always_valid(0.0, spread=2) == 1.0


def test_looking_every_day_calls_out_no_more_than_one_look_may() -> None:
    """300 experiments of 60 days in which nothing differs, looked at on every third: the p of one look is below 0.01 on some day
    of more than one in 25.
    """
    chance, ours, naive = np.random.default_rng(11), 0, 0
    for _ in range(300):
        one, other = (
            days(*((int(hits), 400) for hits in chance.binomial(400, 0.1 * chance.lognormal(0, 0.1, 60)))) for _ in range(2)
        )
        looks = [_until(one, other, n) for n in range(3, 61, 3)]
        ours += any(each is not None and each.p <= 0.01 for each in looks)
        naive += any(each is not None and each.p_once <= 0.01 for each in looks)
    assert ours <= 6
    assert naive > 12


def test_what_looking_every_day_costs_are_days_and_no_difference_is_missed() -> None:
    """1.3 times the control's share, in the middle of 30 experiments."""
    chance, first = np.random.default_rng(5), dict[str, list[int]](p=[], p_once=[])
    for _ in range(30):
        one, other = (days(*((int(hits), 400) for hits in chance.binomial(400, rate, 40))) for rate in (0.13, 0.10))
        looks = {n: found for n in range(2, 41) if (found := _until(one, other, n)) is not None}
        for name, each in first.items():
            each.append(next(n for n, found in looks.items() if getattr(found, name) <= 0.01))
    once, always = (statistics.median(first[name]) for name in ("p_once", "p"))
    assert once < always <= 3 * once


def _until(one: Days, other: Days, n: int) -> Difference | None:
    return difference(dict(itertools.islice(one.items(), n)), dict(itertools.islice(other.items(), n)))
