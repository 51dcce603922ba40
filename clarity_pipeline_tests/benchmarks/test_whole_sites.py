"""Sites with all their quantities at once, against the simulator's sessions and against those drawn one quantity at a time."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from benchmarks.alerts import whole_sites
from benchmarks.alerts.sites import FIRST, SHAPES, habits, no_change, site_days
from benchmarks.alerts.whole_sites import AVERAGES_CV, whole_site, whole_site_pages
from clarity_pipeline.simulator.groups import group
from clarity_pipeline.simulator.sessions import draw_day
from clarity_pipeline.simulator.site import EVENTS

SIZE, DAYS = 150, 210


def test_averages_and_bots_are_those_of_the_simulators_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    site = replace(SHAPES["mid_size"], sessions_a_day=SIZE)
    rows = []
    for number in range(DAYS):
        counted = group(draw_day(site, FIRST + timedelta(days=number), 3), ("title",))
        seen, weights = counted.sessions > 0, counted.sessions
        averages = ((values[seen] * weights[seen]).sum() / weights.sum() for values in (counted.scroll, 1000 * counted.active_s))
        rows.append((int(weights.sum()), *averages, int(counted.bot_sessions.sum())))
    sessions, scroll, engagement, bots = np.array(rows).T
    monkeypatch.setattr(whole_sites, "AVERAGES_CV", 0.0)  # the simulator's averages do not wander
    ours = whole_site(habits("mid_size"), size=SIZE, days=7 * 300, rng=np.random.default_rng(5))
    assert ours.sessions.mean() == pytest.approx(sessions.mean(), rel=0.03)
    assert ours.bot_sessions.mean() == pytest.approx(bots.mean(), rel=0.1)
    for fast, slow in ((ours.scroll_depth, scroll), (ours.engagement_time_ms, engagement)):
        assert fast.mean() == pytest.approx(slow.mean(), rel=0.05)
        assert fast.std() == pytest.approx(slow.std(), rel=0.2)


def test_every_event_is_as_frequent_as_when_it_is_drawn_alone_and_shares_its_sessions() -> None:
    of = habits("small")
    ours = whole_site(of, size=SIZE, days=1400, rng=np.random.default_rng(5))
    for event in EVENTS:
        alone = site_days(of, size=SIZE, event=event, factors=no_change(1400, len(of.visits)), rng=np.random.default_rng(6))
        assert ours.events[event].sessions is ours.sessions
        assert ours.events[event].signal_sessions.sum() / ours.sessions.sum() == pytest.approx(
            alone.signal_sessions.sum() / alone.sessions.sum(), rel=0.1
        )


def test_pages_add_up_to_the_site_and_a_day_without_visits_has_no_average() -> None:
    of = habits("small")
    pages = whole_site_pages(of, size=3, days=700, rng=np.random.default_rng(7))
    whole = whole_site(of, size=3, days=700, rng=np.random.default_rng(7))
    assert len(pages) == len(of.visits)
    assert sum(page.sessions.sum() for page in pages) == pytest.approx(whole.sessions.sum(), rel=0.1)
    for page in pages:
        assert (np.isnan(page.scroll_depth) == (page.sessions == 0)).all()
    assert any((page.sessions == 0).any() for page in pages)
    assert AVERAGES_CV > 0
