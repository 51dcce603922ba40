"""The days that a test of a signal may compare with the last one, and why not with the others. Pure; called by `signal_tests`.

A day that the rule itself fired on is an incident, and a day of a regime event is no baseline, until what began with it has
lasted long enough to be the new normal.
"""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import date

from clarity_pipeline.rules.engine.countries import events_of
from clarity_pipeline.rules.engine.history import Days, Version, flags_of
from clarity_pipeline.rules.engine.known import View
from clarity_pipeline.rules.language.metric import EVENTS, Family
from clarity_pipeline.rules.spike.baseline import Day, Flag
from clarity_pipeline.trust.regime import Event


def comparable_days(signal: str, days: Days, view: View, first: date, last: date, fired_on: Set[date]) -> list[Day]:
    """The days with data between two dates, with every reason why one is not comparable with the last.

    A regime event that holds on the last day itself mutes the leaf, so it says nothing here.
    """
    start, stop = days.span(first, last)
    known = [day for day in _signal_days(signal, days)[start:stop] if day is not None]
    family: Family = "business" if days is view.days("business") else "page"
    events = [each for each in events_of(view, family) if each.ended_on is None or each.ended_on >= first]
    if events:
        known = [
            _flagged(day, "regime_change") if day.date < last and _is_apart(day.date, last, events) else day for day in known
        ]
    if fired_on:
        known = [_flagged(day, "incident") if day.date in fired_on and day.date < view.as_of else day for day in known]
    return known


def _signal_days(signal: str, days: Days) -> list[Day | None]:
    """Each day as the tests take it, made once; None where sessions or signal are not known."""
    made = days.tested.get(signal)
    if made is None:
        columns = [days.column(name) for name in ("sessions", f"{signal}_sessions", EVENTS[signal])]
        exposure, with_signal, events = ([None] * days.length if each is None else each.values for each in columns)
        made = days.tested[signal] = [
            Day(
                date=version.date,
                sessions=int(sessions) - left_out(signal, version),
                signal_sessions=int(signals),
                events=int(count),
                flags=flags_of(version),
            )
            if version is not None and sessions is not None and signals is not None and count is not None
            else None
            for version, sessions, signals, count in zip(days.versions, exposure, with_signal, events, strict=True)
        ]
    return made


def left_out(signal: str, version: Version) -> int:
    """Sessions of a day that the signal does not tell of: neither trouble nor its absence is known there."""
    missing = version.left_out
    return max(missing.get(f"{signal}_sessions", 0), missing.get(EVENTS[signal], 0)) if missing else 0


def _flagged(day: Day, flag: Flag) -> Day:
    return replace(day, flags=day.flags | {flag})


def _is_apart(day: date, as_of: date, events: Sequence[Event]) -> bool:
    """Whether an event keeps `day` from being compared with `as_of`: a day of it, or of before where it is the new normal."""
    for event in events:
        if _is_normal_by(event, as_of):
            if day < event.started_on:
                return True
        elif event.holds_on(day):
            return True
    return False


def _is_normal_by(event: Event, as_of: date) -> bool:
    return event.became_normal and event.ended_on is not None and event.ended_on < as_of
