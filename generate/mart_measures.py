"""What marts say of each measure: sums, weighted averages, their weights and what is left out. For `blocks`."""

from collections.abc import Callable, Iterable

from clarity_pipeline.clarity.measure import Measure
from clarity_pipeline.clarity.measures import ADDING_UP, MEASURES, SITE_WEIGHTED, WEIGHTED
from generate.impossible import is_possible, sessions_left_out
from generate.lines import listed


def mart_measures() -> list[str]:
    """What a mart says of rows of several pages."""
    over_pages = ("null::double as " + each.column if each.is_of_sessions else folded(each) for each in MEASURES)
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
        *_summed(map(folded, MEASURES)),
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
    line = folded(measure)
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


def folded(measure: Measure) -> str:
    """A measure over the rows of one place and date; a number that cannot be is left out of it."""
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
