"""Blocks that name measures one by one, as they are. Put into their places by `blocks`."""

from clarity_pipeline.clarity.measures import SERVED, SIGNALS
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from generate.lines import listed, wrapped

_SESSIONS = {"sessions", "bot_sessions"}
"""Everything is said against them, so the statements name them themselves."""


def lane_columns() -> list[str]:
    """What a tuple of a lane says: every column of clarity_daily_metrics but loaded_at."""
    return wrapped(name for name in DAILY_METRICS_SCHEMA.names if name != "loaded_at")


def lane_events() -> list[str]:
    """The events of a lane, by column."""
    return listed(*(f"'{each.events}': sums.{each.events}" for each in SIGNALS))


def lane_event_sums() -> list[str]:
    """The sums behind them."""
    return [f"sum({each.events})::bigint as {each.events}," for each in SIGNALS]


def served_measures() -> list[str]:
    """What the panel has of a day; of a day without a row a count is 0."""
    return [
        f"if(days.date is null, 0, days.{each.column}) as {each.column}," if each.fold == "sum" else f"days.{each.column},"
        for each in SERVED
        if each.column not in _SESSIONS
    ]


def affected_sessions() -> list[str]:
    """Sessions with each signal."""
    return listed(*(f"coalesce({each.sessions}, 0)" for each in SIGNALS))


def page_events() -> list[str]:
    """The events on a page."""
    return listed(*(f"coalesce({each.events}, 0) as {each.events}" for each in SIGNALS))


def marked_signals() -> list[str]:
    """Sessions with each signal on a marked day; 0 where nobody came."""
    return [f"if(coalesce(told.sessions, 0) = 0, 0, told.{each.sessions}) as {each.name}," for each in SIGNALS]
