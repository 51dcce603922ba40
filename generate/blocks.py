"""What the registry of measures says in SQL: lines by name, for the places in `sql/` that `sql_files` fills.

Everything that names every measure is here, and nothing else: a file's own select stays in the file. Lines that stand in the
middle of a list end with a comma, lines that end one do not.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import (
    ADDING_UP,
    COUNTED,
    MEASURE,
    MEASURES,
    SITE_ONLY,
    SITE_WEIGHTED,
    WEIGHTED,
)
from clarity_pipeline.trust.codes import OF_ANSWERS, OF_ROWS
from generate.impossible import is_impossible, is_possible, sessions_left_out, tells
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
from generate.table import history_columns, tuple_columns


def mart_measures() -> list[str]:
    """What a mart says of rows of several pages."""
    over_pages = ("null::double as " + each.column if each.is_of_sessions else _folded(each) for each in MEASURES)
    return [
        "-- Visits of pages: counts are added (NULL only where all are NULL), averages weighted by visits over the rows that",
        "-- have one, distinct_users added although people overlap (at most so many), the worst quality and coverage.",
        "-- pages_per_session is NULL: long sessions have more rows, so that a mean is too high; site_day has the site's.",
        "-- Last stand the weights of averages, so that days add up to what their rows say, that it is one date, and by measure",
        "-- the sessions of rows that are left out, since their number cannot be or did not come (NULL where there are none).",
        *_summed(over_pages),
    ]


def page_measures() -> list[str]:
    """What a mart says of rows of one page, in which each session is once."""
    return [
        "-- Visits of one page: counts are added (NULL only where all are NULL), averages weighted by visits over the rows",
        "-- that have one, distinct_users added although people overlap (at most so many), the worst quality and coverage.",
        "-- Last stand the weights of averages, so that days add up to what their rows say, that it is one date, and by measure",
        "-- the sessions of rows that are left out, since their number cannot be or did not come (NULL where there are none).",
        *_summed(map(_folded, MEASURES)),
    ]


def plain_mart_measures() -> list[str]:
    """The same as `mart_measures` where every number is there and can be, so that no condition has to be planned."""
    over_pages = ("null::double as " + each.column if each.is_of_sessions else _plain(each) for each in MEASURES)
    return _summed(over_pages, weight=_plain_weight, left_out=_NOTHING_LEFT_OUT)


def plain_page_measures() -> list[str]:
    """The same as `page_measures` where every number is there and can be."""
    return _summed(map(_plain, MEASURES), weight=_plain_weight, left_out=_NOTHING_LEFT_OUT)


def site_measures() -> list[str]:
    """What a mart says of the rows of the whole site, whose times may have to come from its pages."""
    columns = ", ".join(each.by_pages for each in ADDING_UP)
    return [
        "-- Each session once. Clarity's own time of a session, or else what its pages add up to: sum(time x visits of a page)",
        f"-- / sessions of the site, which also stands by itself ({columns}).",
        "-- Last stand the weights of averages, so that days add up to what their rows say, that it is one date, and by measure",
        "-- the sessions of rows that are left out, since their number cannot be or did not come (NULL where there are none).",
        *_summed(
            map(_folded_of_site, MEASURES),
            weights=SITE_WEIGHTED,
            weight=_weight_of_site,
            also=[f"{_by_pages(each)} as {each.by_pages}" for each in ADDING_UP],
        ),
    ]


def page_times() -> list[str]:
    """Of all pages of a date: how much time was spent there, NULL where a visit's is not known."""
    return [line + "," for line in map(_time_on_pages, ADDING_UP)]


def _weight(measure: Measure) -> str:
    return f"(sum(sessions) filter ({is_possible(measure)}))::bigint"


def _plain_weight(measure: Measure) -> str:
    return f"(sum(sessions) filter ({measure.column} is not null))::bigint"


def _weight_of_site(measure: Measure) -> str:
    known = is_possible(measure)
    if measure.adds_up_to_site:
        known += f" or {_stored(measure)} is not null"
    return f"(sum(sessions) filter ({known}))::bigint"


def _stored(measure: Measure) -> str:
    """The name of the time on all pages."""
    return f"pages.{measure.weighted_sum}"


def _by_pages(measure: Measure) -> str:
    return f"any_value({_stored(measure)}) / nullif(sum(sessions), 0)"


def _folded_of_site(measure: Measure) -> str:
    line = _folded(measure)
    if not measure.adds_up_to_site:
        return line
    own, name = line.split(" as ")
    return f"coalesce({own}, {_by_pages(measure)}) as {name}"


def _time_on_pages(measure: Measure) -> str:
    name = measure.column
    known = f"count(*) filter (({is_possible(measure)}) is not true and sessions > 0) = 0"
    return f"if({known}, sum({name}::double * sessions), null) as {measure.weighted_sum}"


def _summed(
    measures: Iterable[str],
    *,
    weights: Iterable[Measure] = WEIGHTED,
    weight: Callable[[Measure], str] = _weight,
    also: Iterable[str] = (),
    left_out: str | None = None,
) -> list[str]:
    return [
        *listed(
            *measures,
            "min(window_start) as window_start",
            "max(window_end) as window_end",
            "max(fetched_at) as fetched_at",
            "max(loaded_at) as loaded_at",
            "arg_max(quality, list_position(['aligned', 'shifted', 'recovered'], quality)) as quality",
            "min(coverage) as coverage",
            "bool_or(truncated) as truncated",
            "sum(rows_merged)::bigint as rows_merged",
            "count(*) as rows",
            *(f"{weight(each)} as {each.weight}" for each in weights),
            "1::bigint as days",
            "1::bigint as days_with_data",
            *also,
            left_out or sessions_left_out(),
        ),
    ]


def _folded(measure: Measure) -> str:
    name, possible = measure.column, is_possible(measure)
    if name in _SESSIONS:
        return f"sum({name})::bigint as {name}"
    if measure.fold == "sum":
        return f"(sum({name}) filter ({possible}))::bigint as {name}"
    value = f"{name}::double" if measure.whole else name
    return f"sum({value} * sessions) filter ({possible}) / nullif(sum(sessions) filter ({possible}), 0) as {name}"


def _plain(measure: Measure) -> str:
    name = measure.column
    if measure.fold == "sum":
        return f"sum({name})::bigint as {name}"
    value = f"{name}::double" if measure.whole else name
    return f"sum({value} * sessions) / nullif(sum(sessions), 0) as {name}"


_NOTHING_LEFT_OUT = "null::map(varchar, hugeint) as left_out"

_SESSIONS = {"sessions", "bot_sessions"}
"""Everything is said against them; an answer in which they cannot be is refused."""


def rule_measures() -> list[str]:
    """What rules ask of the days of a place: the columns of `warehouse.rule_days`."""
    return listed(
        "sessions",
        "sessions + coalesce(bot_sessions, 0) as visits",
        "bot_sessions",
        *(each.column for each in COUNTED),
        *(line for each in WEIGHTED for line in (f"{each.column} * {each.weight} as {each.weighted_sum}", each.weight)),
    )


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
            *(_folded(MEASURE[name]).replace(" as ", " as clarity_site_") for name in _TEN_COUNTS),
            *(
                f"sum({events}) / nullif(sum(sessions) filter ({events} is not null), 0) as clarity_site_{name}"
                for name, events in _TEN_RATES.items()
            ),
            *(_weighed(MEASURE[name]) for name in _TEN_AVERAGES),
            *(_folded(each).replace(" as ", " as clarity_site_") if each.fold == "sum" else _weighed(each) for each in SITE_ONLY),
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
            *(_folded(MEASURE[name]).replace(" as ", " as clarity_") for name in _TEN_COUNTS),
            *(
                f"sum({events}) filter ({is_possible(MEASURE[events])})"
                f" / nullif(sum(sessions) filter ({tells(MEASURE[events])}), 0) as clarity_{name}"
                for name, events in _TEN_RATES.items()
            ),
            *(_folded(MEASURE[name]).replace(" as ", " as clarity_") for name in _TEN_AVERAGES),
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
