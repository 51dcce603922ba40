"""What the registry of measures says in SQL: lines by name, for the places in `sql/` that `sql_files` fills.

Everything that names every measure is here, and nothing else: a file's own select stays in the file. Lines that stand in the
middle of a list end with a comma, lines that end one do not.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import (
    COUNTED,
    MEASURE,
    MEASURES,
    SIGNALS,
    SITE_ONLY,
    WEIGHTED,
)
from clarity_pipeline.trust.codes import OF_ANSWERS, OF_ROWS
from generate.impossible import is_impossible, is_possible, tells
from generate.lines import listed
from generate.lists import (
    affected_sessions,
    lane_columns,
    lane_event_sums,
    lane_events,
    marked_signals,
    page_events,
    served_measures,
)
from generate.mart_measures import (
    folded,
    mart_measures,
    page_measures,
    page_times,
    plain_mart_measures,
    plain_page_measures,
    site_measures,
)
from generate.table import history_columns, tuple_columns


def rule_measures() -> list[str]:
    """What rules ask of the days of a place: the columns of `warehouse.rule_days`."""
    return listed(
        "sessions",
        "sessions + coalesce(bot_sessions, 0) as visits",
        "bot_sessions",
        *(each.column for each in COUNTED),
        *(line for each in WEIGHTED for line in (f"{each.column} * {each.weight} as {each.weighted_sum}", each.weight)),
    )


def cause_sums() -> list[str]:
    """What of a cell of visits the search for a cause adds up: its visits, and each signal's events and visits."""
    columns = ("sessions", *(each.events for each in SIGNALS), *(each.sessions for each in SIGNALS))
    return listed(*(f"sum({column})::double as {column}" for column in columns))


def site_rule_measures() -> list[str]:
    """The same of the whole site, with what is known of whole sessions alone: the columns of `warehouse.rule_days`.

    A day without sessions has averages that add nothing, where a day without the totals has none.
    """
    counts, means = ([each for each in SITE_ONLY if each.fold == fold] for fold in ("sum", "mean"))
    weighed = (*WEIGHTED, *means)
    sums = [f"if(sessions = 0, 0, {each.column} * {each.weight}) as {each.weighted_sum}" for each in weighed]
    weights = [f"if(sessions = 0, 0, {each.weight}) as {each.weight}" for each in weighed]
    return listed(
        "sessions",
        "sessions + coalesce(bot_sessions, 0) as visits",
        "bot_sessions",
        *(each.column for each in (*COUNTED, *counts)),
        *(line for pair in zip(sums, weights, strict=True) for line in pair),
    )


def impossible_values() -> list[str]:
    """What no row may hold, as conditions that are joined by `or`."""
    return _or(*map(is_impossible, MEASURES))


def impossible_by_measure() -> list[str]:
    """Of each measure the sessions of the tuples that hold what cannot be; NULL without such tuples."""
    return listed(
        *(
            f"{{'metric': '{each.column}', 'sessions': sum(coalesce(sessions, 0)) filter ({is_impossible(each)})}}"
            for each in MEASURES
        )
    )


def codes_of_rows() -> list[str]:
    """The codes that follow from what is loaded, with the statement whose failing they are."""
    return listed(*(f"('{each.code}', '{each.severity}', {_text(each.statement)}, {_text(each.metric)})" for each in OF_ROWS))


def codes_of_answers() -> list[str]:
    """The codes that only an answer can tell."""
    return listed(*(f"'{each.code}'" for each in OF_ANSWERS))


def _text(value: str | None) -> str:
    return "null" if value is None else f"'{value}'"


def site_behavioral_measures() -> list[str]:
    """The ten metrics of the mission of the whole site, and what is known of whole sessions alone; from `site_day`."""
    return [
        "-- The ten metrics over whole sessions, and users, pages per session and time from their first to their last moment.",
        *listed(
            *(folded(MEASURE[name]).replace(" as ", " as clarity_site_") for name in _TEN_COUNTS),
            *(
                f"sum({events}) / nullif(sum(sessions) filter ({events} is not null), 0) as clarity_site_{name}"
                for name, events in _TEN_RATES.items()
            ),
            *(_weighed(MEASURE[name]) for name in _TEN_AVERAGES),
            *(folded(each).replace(" as ", " as clarity_site_") if each.fold == "sum" else _weighed(each) for each in SITE_ONLY),
        ),
    ]


def _weighed(measure: Measure) -> str:
    name, weight = measure.column, measure.weight
    return f"sum({name} * {weight}) / nullif(sum({weight}), 0) as clarity_site_{name}"


_TEN_COUNTS = ("sessions", "rage_clicks", "dead_clicks", "excessive_scroll", "quick_backs")
_TEN_RATES = {"rage_click_rate": "rage_clicks", "dead_click_rate": "dead_clicks", "quick_back_rate": "quick_backs"}
_TEN_AVERAGES = ("scroll_depth", "engagement_time_ms")


def behavioral_measures() -> list[str]:
    """The ten metrics of the mission, which stay ten."""
    return [
        "-- The ten metrics of the rules, over rows of the url_device lane alone (the other lanes hold the same sessions",
        "-- again), so by visit of a page. Rates are sum over sum, averages are weighted by visits; NULL without data, and",
        "-- without visits for what is divided by them. A number that cannot be is left out, with its visits in a rate.",
        *listed(
            *(folded(MEASURE[name]).replace(" as ", " as clarity_") for name in _TEN_COUNTS),
            *(
                f"sum({events}) filter ({is_possible(MEASURE[events])})"
                f" / nullif(sum(sessions) filter ({tells(MEASURE[events])}), 0) as clarity_{name}"
                for name, events in _TEN_RATES.items()
            ),
            *(folded(MEASURE[name]).replace(" as ", " as clarity_") for name in _TEN_AVERAGES),
        ),
    ]


BLOCKS: Mapping[str, Callable[[], list[str]]] = MappingProxyType(
    {
        block.__name__: block
        for block in (
            mart_measures,
            page_measures,
            plain_mart_measures,
            plain_page_measures,
            site_measures,
            page_times,
            rule_measures,
            cause_sums,
            site_rule_measures,
            lane_columns,
            impossible_values,
            impossible_by_measure,
            codes_of_rows,
            codes_of_answers,
            lane_events,
            lane_event_sums,
            served_measures,
            affected_sessions,
            page_events,
            marked_signals,
            behavioral_measures,
            site_behavioral_measures,
            tuple_columns,
            history_columns,
        )
    }
)
"""By the name that stands in the file."""


def _or(first: str, *others: str) -> list[str]:
    return [first, *(f"or {each}" for each in others)]
