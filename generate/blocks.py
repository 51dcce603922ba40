"""What the registry of measures says in SQL: lines by name, for the places in `sql/` that `sql_files` fills.

Everything that names every measure is here, and nothing else: a file's own select stays in the file. Lines that stand in the
middle of a list end with a comma, lines that end one do not.
"""

from collections.abc import Callable, Iterable, Mapping
from textwrap import wrap
from types import MappingProxyType

from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import COUNTED, MEASURE, MEASURES, SERVED, SIGNALS, WEIGHTED
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.trust.codes import OF_ANSWERS, OF_ROWS
from generate.impossible import is_impossible
from generate.table import history_columns, tuple_columns

_SESSIONS = {"sessions", "bot_sessions"}
"""Everything is said against them, so the statements name them themselves."""


def mart_measures() -> list[str]:
    """What every mart says of the rows that it sums."""
    return [
        "-- Counts are added (NULL only where all are NULL), averages weighted by sessions over the rows that have one,",
        "-- distinct_users added although people overlap (an upper bound), the worst quality and coverage. Last stand the",
        "-- weights of averages, so that days add up to what their rows say.",
        *_listed(
            *map(_folded, MEASURES),
            "min(window_start) as window_start",
            "max(window_end) as window_end",
            "max(fetched_at) as fetched_at",
            "max(loaded_at) as loaded_at",
            "arg_max(quality, list_position(['aligned', 'shifted', 'recovered'], quality)) as quality",
            "min(coverage) as coverage",
            "bool_or(truncated) as truncated",
            "sum(rows_merged)::bigint as rows_merged",
            "count(*) as rows",
            *(f"(sum(sessions) filter ({each.column} is not null))::bigint as {each.weight}" for each in WEIGHTED),
        ),
    ]


def _folded(measure: Measure) -> str:
    name = measure.column
    if measure.fold == "sum":
        return f"sum({name})::bigint as {name}"
    value = f"{name}::double" if measure.whole else name
    return f"sum({value} * sessions) / nullif(sum(sessions) filter ({name} is not null), 0) as {name}"


def rule_measures() -> list[str]:
    """What rules ask of the days of a place: the columns of `warehouse.rule_days`."""
    return _listed(
        "sessions",
        "sessions + coalesce(bot_sessions, 0) as visits",
        "bot_sessions",
        *(each.column for each in COUNTED),
        *(line for each in WEIGHTED for line in (f"{each.column} * {each.weight} as {each.weighted_sum}", each.weight)),
    )


def lane_columns() -> list[str]:
    """What a tuple of a lane says: every column of clarity_daily_metrics but loaded_at."""
    return _wrapped(name for name in DAILY_METRICS_SCHEMA.names if name != "loaded_at")


def impossible_values() -> list[str]:
    """What no row may hold, as conditions that are joined by `or`."""
    return _or(*map(is_impossible, MEASURES))


def impossible_by_measure() -> list[str]:
    """Of each measure the sessions of the tuples that hold what cannot be; NULL without such tuples."""
    return _listed(
        *(
            f"{{'metric': '{each.column}', 'sessions': sum(coalesce(sessions, 0)) filter ({is_impossible(each)})}}"
            for each in MEASURES
        )
    )


def codes_of_rows() -> list[str]:
    """The codes that follow from what is loaded, with the statement whose failing they are."""
    return _listed(*(f"('{each.code}', '{each.severity}', {_text(each.statement)}, {_text(each.metric)})" for each in OF_ROWS))


def codes_of_answers() -> list[str]:
    """The codes that only an answer can tell."""
    return _listed(*(f"'{each.code}'" for each in OF_ANSWERS))


def _text(value: str | None) -> str:
    return "null" if value is None else f"'{value}'"


def lane_events() -> list[str]:
    """The events of a lane, by column."""
    return _listed(*(f"'{each.events}': sums.{each.events}" for each in SIGNALS))


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
    return _listed(*(f"coalesce({each.sessions}, 0)" for each in SIGNALS))


def page_events() -> list[str]:
    """The events on a page."""
    return _listed(*(f"coalesce({each.events}, 0) as {each.events}" for each in SIGNALS))


def marked_signals() -> list[str]:
    """Sessions with each signal on a marked day; 0 where nobody came."""
    return [f"if(coalesce(told.sessions, 0) = 0, 0, told.{each.sessions}) as {each.name}," for each in SIGNALS]


def behavioral_measures() -> list[str]:
    """The ten metrics of the mission, which stay ten."""
    counts = ("sessions", "rage_clicks", "dead_clicks", "excessive_scroll", "quick_backs")
    rates = {"rage_click_rate": "rage_clicks", "dead_click_rate": "dead_clicks", "quick_back_rate": "quick_backs"}
    return [
        "-- The ten metrics of the rules, over rows of the url_device lane alone (the other lanes hold the same sessions",
        "-- again). Rates are sum over sum, averages are weighted by sessions; NULL without data, and without sessions for",
        "-- what is divided by them.",
        *_listed(
            *(_folded(MEASURE[name]).replace(" as ", " as clarity_") for name in counts),
            *(f"sum({events}) / nullif(sum(sessions), 0) as clarity_{name}" for name, events in rates.items()),
            *(
                _folded(each).replace(" as ", " as clarity_")
                for each in map(MEASURE.__getitem__, ("scroll_depth", "engagement_time_ms"))
            ),
        ),
    ]


BLOCKS: Mapping[str, Callable[[], list[str]]] = MappingProxyType(
    {
        block.__name__: block
        for block in (
            mart_measures,
            rule_measures,
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
            tuple_columns,
            history_columns,
        )
    }
)
"""By the name that stands in the file."""


def _listed(*items: str) -> list[str]:
    return [f"{item}," for item in items[:-1]] + [items[-1]]


def _wrapped(names: Iterable[str]) -> list[str]:
    return wrap(", ".join(names), width=110, break_long_words=False)


def _or(first: str, *others: str) -> list[str]:
    return [first, *(f"or {each}" for each in others)]
