"""Days with a flag, for the tests of the spike."""

from dataclasses import replace

from clarity_pipeline.rules.spike.baseline import Day, Flag

FLAGS: tuple[Flag, ...] = ("recovered", "truncated", "shifted", "regime_change")


def flagged(days: list[Day], places: range, flag: Flag, signal: int | None = None) -> list[Day]:
    return [
        replace(day, flags=frozenset({flag}), signal_sessions=day.signal_sessions if signal is None else signal)
        if place in places
        else day
        for place, day in enumerate(days)
    ]
