"""Night by night from the last days alone, the events are those that all days tell."""

import random
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.trust.last_days import LEAST_DAYS, READ_DAYS, LastDays
from clarity_pipeline.trust.regime import Day, Event, fold

START = date(2026, 1, 5)
DAYS = 330


def played(seed: int) -> list[Day]:
    """Days of a site with weekdays and noise, on which consent, the tag, bots and the host change now and then, and come back."""
    chance = random.Random(seed)
    found: list[Day] = []
    trouble, left = "", 0
    for number in range(DAYS):
        if left == 0:
            trouble, left = chance.choice(("", "", "consent", "gap", "bots", "host")), chance.randrange(1, 45)
        left -= 1
        sessions = round(chance.gauss(400, 25) * (0.6 if number % 7 > 4 else 1.0))
        pages, bots, host = chance.gauss(2.6, 0.1), 40, "shop.example"
        if trouble == "consent":
            sessions, pages = round(sessions * 1.05), 1.02
        if trouble == "gap":
            sessions, pages = 0, 1.0
        if trouble == "bots":
            bots = 600
        if trouble == "host":
            host = "new.example"
        on = START + timedelta(days=number)
        found.append(Day(on, sessions, bots, pages if sessions else None, ((host, sessions),) if sessions else ()))
    return found


def rows(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    return [asdict(event) for event in events]


@pytest.mark.parametrize("seed", range(4))
def test_events_told_night_by_night_from_the_last_days_are_those_of_all_days(seed: int) -> None:
    days = played(seed)
    stored = rows(fold(days[:150], connected_on=START))
    going_on = 0
    for count in range(153, DAYS, 3):
        newest, first_changed = days[count - 1].date, days[count - 3].date
        last = LastDays.before(newest)
        read = [day for day in days[:count] if day.date >= last.read_from]
        known = {("acme", name): len(read) for name in ("url_device", "url_country")}
        whole = rows(fold(days[:count], connected_on=START))
        if last.are_enough(known, "acme", first_changed=first_changed, stored=stored):
            going_on += 1
            lately = rows(fold(read, connected_on=START))
            stored = [*last.begun_before(stored), *last.begun_since(lately)]
            assert stored == whole, newest
        stored = whole
    assert going_on > 40, "the short way is the usual one"


def test_all_days_are_read_where_the_last_ones_could_say_something_else() -> None:
    newest = START + timedelta(days=400)
    last = LastDays.before(newest)
    enough = {("acme", "url_device"): LEAST_DAYS, ("acme", "url_country"): READ_DAYS}

    def are_enough(
        known: dict[tuple[str, str], int] = enough, *, changed: date = newest, stored: list[Any] | None = None
    ) -> bool:
        return last.are_enough(known, "acme", first_changed=changed, stored=stored or [])

    def event(begun: date, ended: date | None) -> dict[str, Any]:
        return {"started_on": begun, "ended_on": ended}

    before = last.told_from - timedelta(days=1)
    assert are_enough()
    assert are_enough(enough | {("acme", "url_country"): 0}), "a lane that is never asked in full tells nothing of any day"
    assert not are_enough(enough | {("acme", "url_country"): 7}), "what was normal lies before them"
    assert not are_enough(enough | {("acme", "url_device"): LEAST_DAYS - 1})
    assert not are_enough(changed=before)
    assert are_enough(stored=[event(before, before + timedelta(days=5))])
    assert not are_enough(stored=[event(before, None)]), "it may end now"
    assert not are_enough(stored=[event(before, newest)]), "its end may be another one"
    assert are_enough(stored=[event(newest, None)])
