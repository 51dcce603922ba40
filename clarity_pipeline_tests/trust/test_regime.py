"""Planted events are found on their day, and unchanged sites of three sizes have hardly any in a year."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from clarity_pipeline.simulator.presets import mid_size, small
from clarity_pipeline.simulator.sessions import BOT, HUMAN, draw_day
from clarity_pipeline.trust.regime import Day, Event, fold

START = date(2026, 1, 5)
LATE = 42


@cache
def history(sessions: int, days: int, seed: int = 7) -> tuple[Day, ...]:
    """Simulated days as `business_day` tells them: a session counts once on each page, pages are weighted by that."""
    site = replace(small() if sessions < 100 else mid_size(), sessions_a_day=sessions)
    found = []
    for number in range(days):
        on = START + timedelta(days=number)
        drawn = draw_day(site, on, seed)
        pairs = np.unique(drawn.view_session * 100_000 + drawn.view_codes["title"])
        owner = pairs // 100_000
        human = owner[drawn.kind[owner] == HUMAN]
        pages = float(drawn.pages[human].mean()) if len(human) else None
        bots = int((drawn.kind == BOT).sum())
        found.append(Day(on, len(human), bots, pages, (("a.example", len(human)),)))
    return tuple(found)


def kinds(events: tuple[Event, ...]) -> Counter[str]:
    return Counter(event.kind for event in events if event.kind != "new_connection")


@pytest.mark.parametrize(("sessions", "days", "seeds"), [(30, 365, 4), (400, 365, 2), (5_000, 120, 1)])
def test_a_site_that_does_not_change_has_hardly_an_event_in_a_year(sessions: int, days: int, seeds: int) -> None:
    found = sum((kinds(fold(history(sessions, days, seed))) for seed in range(seeds)), Counter())
    assert found.total() * 365 / (days * seeds) <= 0.25, found


PLANTED: dict[str, Callable[[Day], Day]] = {
    "consent_missing": lambda day: replace(day, sessions=round(day.sessions * 1.05), pages=1.02),
    "tracking_gap": lambda day: replace(day, sessions=0, pages=None, hosts=()),
    "bot_share": lambda day: replace(day, bot_sessions=day.bot_sessions * 12 + 5),
    "site_host": lambda day: replace(day, hosts=(("new.example", day.sessions),)),
}


@pytest.mark.parametrize("sessions", [30, 400])
@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_event_is_found_on_its_first_day_and_ends_on_its_last(kind: str, sessions: int) -> None:
    days = list(history(sessions, 70))
    for place in range(LATE, LATE + 5):
        days[place] = PLANTED[kind](days[place])
    found = [event for event in fold(days) if event.kind == kind]
    assert [(event.started_on, event.ended_on) for event in found] == [(days[LATE].date, days[LATE + 4].date)]
    (lasting,) = [event for event in fold(days[: LATE + 3]) if event.kind == kind]
    assert lasting.ended_on is None
    assert "example" not in lasting.evidence


def test_what_lasts_four_weeks_is_normal_but_a_gap_never_is() -> None:
    for kind, plant in PLANTED.items():
        days = [plant(day) if place >= LATE else day for place, day in enumerate(history(400, 90))]
        (event,) = [event for event in fold(days) if event.kind == kind]
        assert event.ended_on == (None if kind == "tracking_gap" else days[LATE].date + timedelta(days=27))


def test_the_order_of_days_and_days_without_data_change_nothing() -> None:
    days = [PLANTED["bot_share"](day) if place == LATE else day for place, day in enumerate(history(400, 60))]
    assert fold(reversed(days)) == fold(days)
    events = fold([day for place, day in enumerate(days) if place not in (LATE - 1, LATE + 1)])
    assert [(event.started_on, event.ended_on) for event in events if event.kind == "bot_share"] == [(days[LATE].date,) * 2]


def test_a_first_day_is_told_once_and_not_after_retention() -> None:
    days = history(400, 10)
    (first,) = [event for event in fold(days) if event.kind == "new_connection"]
    assert (first.started_on, first.ended_on) == (START, START)
    assert fold(days[:1])[0].ended_on is None
    assert fold(days, connected_on=START - timedelta(days=100)) == ()
