"""Did all pages move alike: a value worked out by hand, one page apart, and too little to tell."""

import pytest

from clarity_pipeline.rules.spike.alike import moved_alike


def test_pages_that_moved_by_the_same_are_alike_and_say_by_how_much() -> None:
    assert moved_alike([150, 75, 30, 15], [100, 50, 20, 10]) == pytest.approx(1.5)


def test_one_page_that_moved_more_is_told_apart_by_pearsons_statistic() -> None:
    """c = 320 / 180; (300 - 177.8)^2 / (177.8 + 0.01 x 177.8^2) = 30, where 16.3 is the most of three degrees."""
    assert moved_alike([300, 10, 6, 4], [100, 40, 24, 16]) is None


def test_chance_alone_does_not_tell_pages_apart() -> None:
    """c = 1; 25 / 110 + 16 / 40.2 + 4 / 24 + 1 / 10.1 and less: 1.1 in all."""
    assert moved_alike([105, 36, 22, 9], [100, 40, 20, 12]) == pytest.approx(1.0)


def test_pages_of_which_nothing_is_expected_are_taken_together() -> None:
    assert moved_alike([20, 10, 1, 0, 1, 0], [20, 10, 0.5, 0.5, 0.5, 0.5]) == pytest.approx(1.0)


@pytest.mark.parametrize("observed", [[30, 40], [0, 0, 0, 0]])
def test_two_pages_or_no_signal_at_all_say_nothing(observed: list[int]) -> None:
    assert moved_alike(observed, [30.0] * len(observed)) is None
