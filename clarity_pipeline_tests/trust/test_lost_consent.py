"""One country's days: what proves that its visits count anew, since when and until when, and what only looks like it. By hand."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from math import isclose

import numpy as np
import pytest

from clarity_pipeline.trust.lost_consent import CHANCE, Counted, CountryDay, Usual, lost_consent, usual

START = date(2026, 10, 3)
LOST = date(2026, 10, 31)
"""28 days behind it."""


def day(number: int, sessions: int, pages: float, *, busiest: float = 1.0, elsewhere_pages: float | None = None) -> CountryDay:
    """So many sessions of so many pages each, this share of them on the busiest page."""
    elsewhere = round(sessions * (1 - busiest))
    surplus = sessions * (pages - 1)
    beside = elsewhere * ((pages if elsewhere_pages is None else elsewhere_pages) - 1)
    return CountryDay(START + timedelta(days=number), sessions, surplus, elsewhere, beside)


def test_what_is_usual_and_how_much_it_varies_is_told_by_hand() -> None:
    even = usual([Counted(100, 180.0)] * 28)
    assert even == Usual(surplus=1.8, spread=2.8), "a geometric count of pages varies so much by itself"
    # eight days of 100 sessions, 200 and 160 pages beyond the first by turns: mean 180, Pearson's sum 8 x 20^2 / 180 = 17.78;
    # chi-square of 7 degrees at 1 %: 7 x (1 - 2/63 - 2.326 x sqrt(2/63))^3 = 1.189
    uneven = usual([Counted(100, 200.0), Counted(100, 160.0)] * 4)
    assert uneven is not None
    assert isclose(uneven.spread, 17.778 / 1.1891, rel_tol=1e-3)
    assert usual([Counted(100, 180.0)] * 6) is None, "six days tell nothing"
    assert usual([Counted(100, 40.0)] * 28) is None, "who sees 1.4 pages cannot fall to one"


def test_the_chance_of_no_second_page_is_that_of_ten_geometric_visits() -> None:
    before = Usual(surplus=1.8, spread=2.8)
    assert isclose(before.chance(Counted(10, 0.0)), (1 / 2.8) ** 10)
    assert before.left(Counted(10, 0.0)) == 0
    # in the upper tail: of 10 sessions a quarter of 18 is 4.5, and 18 came: size 2.5, (20.5/7)^20.5 x (4.5/18)^18
    bound = (20.5 / 7) ** 20.5 * (4.5 / 18) ** 18
    assert isclose(before.chance(Counted(10, 18.0), of_usual=0.25), bound)


def test_a_country_of_one_page_is_found_on_its_first_day_and_is_over_when_it_is_over() -> None:
    """100 visits of 2.8 pages become 270 of one."""
    before = [day(n, 100, 2.8) for n in range(28)]
    lost = [day(n, 270, 1.0) for n in range(28, 36)]
    after = [day(n, 100, 2.8) for n in range(36, 40)]
    assert lost_consent("Germany", before) == []
    (first,) = lost_consent("Germany", [*before, lost[0]])
    assert (first.started_on, first.ended_on, first.normal_from, first.normal_to) == (LOST, None, START, LOST - timedelta(days=1))
    assert lost_consent("Germany", [*before, *lost])[0].ended_on is None
    (over,) = lost_consent("Germany", [*before, *lost, after[0]])
    assert (over.started_on, over.ended_on) == (LOST, LOST + timedelta(days=7))
    assert lost_consent("Germany", reversed([*before, *lost, *after])) == [over], "the order in which days are told is nothing"


def test_a_small_country_needs_days_and_its_event_begins_with_the_first_of_them() -> None:
    """Two visits a day of 2.8 pages: 5 or 6 sessions of one page are no proof before there are 21 of them."""
    before = [day(n, 4, 2.8, busiest=0.5) for n in range(28)]
    lost = [day(n, 6, 1.0, busiest=0.5) for n in range(28, 36)]
    # elsewhere 3 sessions a day of nothing: (1/2.8)^n is below one in 10^9 from n = 21 on, which is seven days
    assert (1 / 2.8) ** 21 < CHANCE < (1 / 2.8) ** 18
    found = [lost_consent("Malta", [*before, *lost[:number]]) for number in range(1, 9)]
    assert [bool(each) for each in found] == [False] * 6 + [True] * 2
    assert found[6][0].started_on == LOST


def test_what_lasts_four_weeks_is_normal_and_a_loss_of_later_is_told_against_that() -> None:
    before = [day(n, 100, 2.8) for n in range(28)]
    lost = [day(n, 270, 1.0) for n in range(28, 70)]
    (only,) = lost_consent("Germany", [*before, *lost])
    assert (only.started_on, only.ended_on) == (LOST, LOST + timedelta(days=27))


NOT_IT: dict[str, Callable[[int], CountryDay]] = {
    "a page that broke after the first click, on a site of several pages": lambda n: day(n, 45, 1.0, busiest=0.4),
    "a page that broke, on a site of one": lambda n: day(n, 100, 1.0),
    "a campaign that lands on one page and leaves": lambda n: CountryDay(START + timedelta(days=n), 1000, 180.0, 60, 108.0),
    "a campaign on many pages, a third of its visitors go on": lambda n: day(n, 300, 1.6, busiest=0.4),
    "nobody": lambda n: day(n, 0, 1.0),
}


@pytest.mark.parametrize("kind", NOT_IT)
def test_what_only_looks_like_it_is_none(kind: str) -> None:
    before = [day(n, 100, 2.8, busiest=1.0 if "of one" in kind else 0.4) for n in range(28)]
    assert lost_consent("Germany", [*before, *(NOT_IT[kind](n) for n in range(28, 50))]) == []


def test_days_without_a_visit_say_nothing_within_a_stretch() -> None:
    before = [day(n, 100, 2.8) for n in range(28)]
    days = [*before, day(28, 270, 1.0), day(29, 0, 1.0), day(30, 270, 1.0)]
    assert [(each.started_on, each.ended_on) for each in lost_consent("Germany", days)] == [(LOST, None)]


def histories(rng: np.random.Generator, *, visits: float, kind: str, years: int) -> Sequence[Sequence[CountryDay]]:
    """Years of a country whose visits see eight pages by popularity; the lane counts a visit on each page it saw."""
    return [_year(rng, visits=visits, kind=kind) for _ in range(years)]


def _year(rng: np.random.Generator, *, visits: float, kind: str) -> list[CountryDay]:
    number = rng.poisson(visits * rng.gamma(25, 1 / 25, 365))
    total = int(number.sum())
    pages = rng.geometric(1 / 2.8, total)
    if kind == "most leave at once":
        pages = np.where(rng.random(total) < 0.6, 1, 1 + rng.geometric(0.4 / 1.8, total))
    if kind == "a few read everything":
        pages = np.where(rng.random(total) < 0.02, rng.integers(20, 200, total), pages)
    owner = np.repeat(np.arange(total), pages)
    page = np.searchsorted(np.cumsum(1 / np.arange(1, 9)) / (1 / np.arange(1, 9)).sum(), rng.random(len(owner)))
    pairs = np.unique(owner * 16 + page)
    visit, place = pairs // 16, pairs % 16
    key = np.repeat(np.arange(365), number)[visit] * 16 + place
    sessions = np.bincount(key, minlength=365 * 16).reshape(365, 16)
    surplus = np.bincount(key, weights=pages[visit] - 1.0, minlength=365 * 16).reshape(365, 16)
    busiest = sessions.argmax(axis=1)
    return [
        CountryDay(
            START + timedelta(days=n),
            int(sessions[n].sum()),
            float(surplus[n].sum()),
            int(sessions[n].sum() - sessions[n, busiest[n]]),
            float(surplus[n].sum() - surplus[n, busiest[n]]),
        )
        for n in range(365)
    ]


KINDS = ("pages are geometric", "most leave at once", "a few read everything")
SIZES = (0.3, 1.0, 3.0, 10.0, 30.0)


@pytest.mark.slow("900 years of countries of five sizes; benchmarks.country_regimes has more of them")
@pytest.mark.parametrize("kind", KINDS)
def test_a_country_where_nothing_happens_has_no_event_in_hundreds_of_years(kind: str) -> None:
    rng = np.random.default_rng(20261130)
    found = {
        size: sum(len(lost_consent("X", days)) for days in histories(rng, visits=size, kind=kind, years=60)) for size in SIZES
    }
    assert found == dict.fromkeys(SIZES, 0)
