"""When a lane should be asked for with fewer dimensions, and with which: arithmetic over the days before, and nothing else.

A back-off and no drill-down: the API has no filter, so a lane that is cut can only be asked for in less detail, and the detail
is missing meanwhile. Used by `recently_cut`, which asks for less only when the business allows it, and by `status`, which
proposes it. The URL of `url_device` is never given up: `business_day` and the rules read that lane, and mean visits to pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, Slice

LOOKS_BACK_DAYS = 7
CUT_DAYS = 3
"""One day of a campaign is not worth giving up detail for; three of seven are how the site is now."""

TRIES_AGAIN_AFTER_DAYS = 7
"""Days of asking for less before the full question is asked once more: the site may have become smaller, or its URLs tidier."""

REMEMBERS_DAYS = LOOKS_BACK_DAYS + TRIES_AGAIN_AFTER_DAYS + 1
"""How far back the decision looks."""

FEWER: dict[str, Slice] = {name: asked.by(asked.when_cut) for name, asked in DAILY_SLICES.items() if asked.when_cut}
"""What is asked for instead. The lane keeps its name and its slice in the tables; the missing dimension is NULL."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How a lane was asked for on a date, and whether it was cut."""

    in_full: bool
    cut: bool


def cut_days(history: Mapping[date, Asked], *, day: date) -> int:
    """On how many of the seven dates before `day` the full question was cut."""
    last_week = (history.get(day - timedelta(days=back)) for back in range(1, LOOKS_BACK_DAYS + 1))
    return sum(each is not None and each.in_full and each.cut for each in last_week)


def asks_for_less(history: Mapping[date, Asked], *, day: date) -> bool:
    """Whether the lane of `day` is better asked for with fewer dimensions, by what became of it on the dates before.

    Yes after three cut days of seven, and then for seven days; one day in full decides whether it goes on.
    """
    before = sorted((each for each in history if day - timedelta(days=REMEMBERS_DAYS) <= each < day), reverse=True)
    last_full = next((each for each in before if history[each].in_full), None)
    if last_full is None or not history[last_full].cut:
        return False
    if (day - last_full).days > TRIES_AGAIN_AFTER_DAYS:
        return False
    week_before = last_full - timedelta(days=TRIES_AGAIN_AFTER_DAYS)
    went_on = any(week_before <= each < day and not history[each].in_full for each in before)
    return went_on or cut_days(history, day=day) >= CUT_DAYS


def given_up(slice_name: str) -> tuple[str, ...]:
    """The dimensions that are missing while less is asked for."""
    return tuple(each for each in DAILY_SLICES[slice_name].dimension_names if each not in FEWER[slice_name].dimension_names)
