"""The split of a rate's change: exact, and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.statistics.kitagawa import Cell, split

COUNTS = st.integers(0, 2000)
CELLS = st.lists(st.builds(Cell, st.text("abc", min_size=1), COUNTS, COUNTS, COUNTS, COUNTS), min_size=1, max_size=12)


@given(CELLS)
def test_rate_and_mix_add_up_to_the_whole_change_and_so_do_the_parts(cells: list[Cell]) -> None:
    found = split([Cell(e.name, e.visits_before + 1, e.events_before, e.visits_now + 1, e.events_now) for e in cells])
    if found is not None:
        near = pytest.approx(1, abs=1e-6 * max(1, 1 / abs(found.now - found.before)))
        assert found.rate.value + found.mix.value == near
        assert sum(part.share for part in found.parts) == near


def test_the_parts_are_those_that_one_reckons_by_hand() -> None:
    found = split([Cell("a", 500, 50, 250, 50), Cell("b", 500, 100, 750, 150)])
    assert found is not None
    # a: 0.1 -> 0.2 with half, then a quarter of the visits; b: 0.2 throughout. 0.15 -> 0.2.
    assert (found.before, found.now) == (0.15, 0.2)
    assert found.rate.value * 0.05 == pytest.approx(0.375 * 0.1)
    assert found.mix.value * 0.05 == pytest.approx(0.15 * -0.25 + 0.2 * 0.25)
    assert found.parts[0].name == "a"


def test_a_campaign_that_is_new_is_mix_and_not_a_worse_rate() -> None:
    found = split([Cell("old", 10_000, 500, 1_000, 50), Cell("new", 0, 0, 1_000, 250)])
    assert found is not None
    assert found.mix.value == pytest.approx(1)
    assert found.rate.value == pytest.approx(0)


def test_an_interval_holds_the_true_share_and_a_larger_dispersion_widens_it() -> None:
    cells = [Cell("broken", 2_800, 140, 100, 25), Cell("fine", 25_200, 1_260, 900, 45)]
    narrow, wide = split(cells), split(cells, dispersion=4)
    assert narrow is not None
    assert wide is not None
    assert narrow.parts[0].rate.low < 1 < narrow.parts[0].rate.high
    assert wide.parts[0].rate.low < narrow.parts[0].rate.low


def test_small_cells_are_told_together() -> None:
    found = split([Cell("large", 10_000, 500, 1_000, 90), *(Cell(f"p{n}", 20, 1, 2, 0) for n in range(5))])
    assert found is not None
    assert {part.name for part in found.parts} == {"large", "others"}


def test_a_lane_without_visits_before_has_no_split() -> None:
    assert split([Cell("a", 0, 0, 100, 10)]) is None
