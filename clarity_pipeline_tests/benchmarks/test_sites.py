"""The benchmark's days against those of the simulator, session by session."""

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

from benchmarks.alerts.sites import FIRST, SHAPES, SIGNALS, Series, habits, line, no_change, page_days, site_days
from clarity_pipeline.simulator.groups import group
from clarity_pipeline.simulator.sessions import draw_day
from clarity_pipeline.simulator.site import Event

pytestmark = pytest.mark.slow("whole made-up sites are drawn and compared with the simulator")

SIZE, DAYS = 150, 420


@lru_cache
def drawn(shape: str) -> tuple[dict[Event, Series], dict[Event, Series]]:
    """The whole site and its busiest page, counted as the API counts (a session once in each page) from drawn sessions."""
    site = replace(SHAPES[shape], sessions_a_day=SIZE)
    busiest = site.pages[habits(shape).busiest].title
    whole: dict[Event, list[tuple[int, int, int]]] = {event: [] for event in SIGNALS}
    page: dict[Event, list[tuple[int, int, int]]] = {event: [] for event in SIGNALS}
    for number in range(DAYS):
        counted = group(draw_day(site, FIRST + timedelta(days=number), 3), ("title",))
        place = counted.labels[0].index(busiest)
        for event in SIGNALS:
            columns = counted.sessions, counted.affected[line(event)], counted.event_totals[line(event)]
            whole[event].append(tuple(int(column.sum()) for column in columns))
            page[event].append(tuple(int(column[place]) for column in columns))
    return tuple({event: Series(*np.array(rows).T) for event, rows in days.items()} for days in (whole, page))  # type: ignore[return-value]


def fast(shape: str, event: Event) -> tuple[Series, Series]:
    of = habits(shape)
    quiet = no_change(7 * 600, len(of.visits))
    rng = np.random.default_rng(4)
    whole = site_days(of, size=SIZE, event=event, factors=quiet, rng=rng)
    return whole, page_days(of, size=SIZE, event=event, factors=quiet, rng=rng)[of.busiest]


@pytest.mark.parametrize("event", SIGNALS)
@pytest.mark.parametrize("shape", ["mid_size", "small"])
def test_the_days_have_the_means_the_spread_and_the_shape_of_those_that_the_simulator_draws(shape: str, event: Event):
    for ours, simulated in zip(fast(shape, event), (each[event] for each in drawn(shape)), strict=True):
        for column in ("sessions", "signal_sessions"):
            fast_days, slow_days = getattr(ours, column), getattr(simulated, column)
            error = slow_days.std() / DAYS**0.5
            assert abs(fast_days.mean() - slow_days.mean()) < 4 * error + 0.01 * slow_days.mean()
            assert fast_days.std() == pytest.approx(slow_days.std(), rel=0.15)
            assert stats.ks_2samp(fast_days, slow_days).pvalue > 1e-3
        assert abs(ours.events.mean() - simulated.events.mean()) < 4 * simulated.events.std() / DAYS**0.5


def test_a_generator_without_the_days_wobble_would_not_pass():
    of = habits("mid_size")
    steady = replace(of, site=replace(of.site, sessions_cv=0.0))
    days = site_days(
        steady, size=SIZE, event="dead_clicks", factors=no_change(4200, len(of.visits)), rng=np.random.default_rng(4)
    )
    weekday = np.arange(4200) % 7 == 1
    slow = drawn("mid_size")[0]["dead_clicks"].sessions[np.arange(DAYS) % 7 == 1]
    assert days.sessions[weekday].std() != pytest.approx(slow.std(), rel=0.15)


def test_a_factor_on_a_page_raises_that_page_and_no_other():
    of = habits("small")
    tripled = no_change(3_000, len(of.visits))
    tripled[:, of.busiest] = 3
    plain, changed = (
        page_days(of, size=2_000, event="dead_clicks", factors=factors, rng=np.random.default_rng(1))
        for factors in (no_change(3_000, len(of.visits)), tripled)
    )
    ratios = [after.signal_sessions.sum() / before.signal_sessions.sum() for before, after in zip(plain, changed, strict=True)]
    assert ratios[of.busiest] == pytest.approx(3, rel=0.05)
    assert all(ratio == pytest.approx(1, rel=0.05) for page, ratio in enumerate(ratios) if page != of.busiest)


def test_a_storm_is_one_more_session_and_many_more_events():
    quiet = Series(*(np.full(10, value) for value in (100, 2, 4)))
    storm = quiet.with_storm(3)
    assert (storm.sessions[3], storm.signal_sessions[3], storm.events[3]) == (101, 3, 84)
    assert quiet.events[3] == 4
    assert storm.events.sum() == 120
