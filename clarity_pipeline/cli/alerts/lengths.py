"""Lengths of time as people type them, and instants as they read them. For the commands about alerts."""

import re
from datetime import datetime, timedelta

import click

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def length_of(text: str) -> timedelta:
    """`12h`, `3d` or `2w`."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})([hdw])", text)
    if found is None:
        raise click.UsageError("--for is a number of hours, days or weeks: 12h, 3d, 2w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def instant(at: datetime) -> str:
    """`2026-05-03 12:00 UTC`."""
    return f"{at:%Y-%m-%d %H:%M} UTC"
