"""What a mix leads one to expect: values worked out by hand, and what must hold of every mix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.spike.standardised import Floats, Rates, doubt, factors, rates

TWO_PAGES = np.eye(2)
ONE_VALUE = np.ones((2, 1))
COUNTS = st.lists(st.integers(0, 5_000), min_size=6, max_size=6)


def cells(*numbers: float) -> Floats:
    return np.array([numbers], dtype=float)


def of_two_pages() -> Rates:
    return rates(cells(1_000, 1_000), cells(30, 70), pages=TWO_PAGES, values=ONE_VALUE)


def test_two_pages_have_the_rates_that_are_worked_out_by_hand() -> None:
    """Site 100.5 / 2,000; pages: A = 0.15853 - 2 / 100.47; the device and the cells are drawn by the least variance."""
    known = of_two_pages()
    assert known.rate[0] == pytest.approx([0.031914, 0.068512], rel=1e-4)
    assert known.own[0] == pytest.approx([1 / 130, 1 / 170], rel=1e-4)
    assert known.of_page[0] == pytest.approx([0.7545**2 / 37.214, 0.5970**2 / 77.214], rel=1e-3)


def test_a_day_on_the_worse_page_alone_is_expected_to_be_so_many_times_worse() -> None:
    known, base = of_two_pages(), cells(1_000, 1_000)
    days = np.array([[0, 100], [100, 0], [50, 50], [0, 0]], dtype=float)
    assert factors(known, base, days)[0] == pytest.approx([1.36443, 0.63557, 1.0, 1.0], rel=1e-4)


def test_a_cell_that_was_never_seen_has_its_pages_rate_times_its_devices_and_the_doubt_of_both() -> None:
    pages = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=float)
    devices = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=float)
    visits, hits = cells(40_000, 40_000, 40_000, 0), cells(2_000, 1_000, 4_000, 0)
    known = rates(visits, hits, pages=pages, values=devices)
    assert known.rate[0, 3] == pytest.approx(known.rate[0, 1] * known.rate[0, 2] / known.rate[0, 0], rel=0.1)
    assert known.own[0, 3] > 10 * known.own[0, 2]
    unseen, seen = cells(0, 0, 0, 100), cells(0, 0, 100, 0)
    assert doubt(known, unseen, pages=pages, values=devices)[0] > 2 * doubt(known, seen, pages=pages, values=devices)[0]


def test_a_small_cell_is_drawn_to_its_page_and_a_large_one_keeps_its_own_rate() -> None:
    pages = np.repeat(np.eye(10), 1, axis=0)
    visits = np.array([[100_000.0] * 9 + [20.0]])
    hits = visits * 0.05 * np.array([*np.linspace(0.5, 1.5, 9), 10.0])
    known = rates(visits, hits, pages=pages, values=np.ones((10, 1)))
    assert known.rate[0, 0] == pytest.approx(0.025, rel=0.05)
    assert 0.05 < known.rate[0, 9] < 0.35


@given(COUNTS, COUNTS, st.integers(1, 50))
def test_the_mix_of_the_baseline_is_expected_to_be_as_it_was_without_any_doubt(
    visits: list[int], hits: list[int], times: int
) -> None:
    pages, values = np.repeat(np.eye(3), 2, axis=0), np.tile(np.eye(2), (3, 1))
    base = np.array([visits], dtype=float)
    known = rates(base, np.minimum(base, [hits]), pages=pages, values=values)
    if base.sum():
        assert factors(known, base, base * times)[0, 0] == pytest.approx(1.0)
        assert doubt(known, base * times, pages=pages, values=values)[0] == pytest.approx(0.0, abs=1e-12)


@given(COUNTS, COUNTS, COUNTS)
def test_every_answer_is_a_finite_number_above_nothing(visits: list[int], hits: list[int], today: list[int]) -> None:
    pages, values = np.repeat(np.eye(3), 2, axis=0), np.tile(np.eye(2), (3, 1))
    base, day = np.array([visits], dtype=float), np.array([today], dtype=float)
    known = rates(base, np.minimum(base, [hits]), pages=pages, values=values)
    if base.sum():
        assert 0 < factors(known, base, day)[0, 0] < np.inf
    assert 0 <= doubt(known, day, pages=pages, values=values)[0] < np.inf
