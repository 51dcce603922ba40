"""The registry of measures: what we make of Clarity's answers, one entry each, and everything that follows from an entry.

From here are made the wire's vocabulary, the columns, the marts, what rules may name, the range checks, the panel's copy and its
pages, the JSON API and the reference of the documentation. After a change run `make generate`, which writes what stands in files:
SQL, the steps of warehouse and state database, the files that later releases are held to open, the reference pages. The simulator
does not see this module: it is a second reading of the API.
"""

from collections.abc import Mapping
from types import MappingProxyType

from clarity_pipeline.clarity.groups import FRICTION, Field, Metric
from clarity_pipeline.clarity.measure import Measure, Number, Signal

SIGNALS: tuple[Signal, ...] = (
    Signal(
        name="dead_click",
        group="DeadClickCount",
        events="dead_clicks",
        label="dead clicks",
        unit="clicks",
        meaning="clicks that nothing on the page answered",
        panel_place=2,
    ),
    Signal(
        name="rage_click",
        group="RageClickCount",
        events="rage_clicks",
        label="rage clicks",
        unit="clicks",
        meaning="rapid clicks on one place",
        panel_place=1,
    ),
    Signal(
        name="excessive_scroll",
        group="ExcessiveScroll",
        events="excessive_scroll",
        label="excessive scrolls",
        unit="events",
        meaning="scrolling back and forth more than is usual",
        visits_label="excessive scrolling",
        panel_place=4,
        in_page_table=False,
    ),
    Signal(
        name="quick_back",
        group="QuickbackClick",
        events="quick_backs",
        label="quick backs",
        unit="events",
        meaning="returns to the page before, soon after leaving it",
        panel_place=3,
    ),
    Signal(
        name="script_error",
        group="ScriptErrorCount",
        events="script_errors",
        label="script errors",
        unit="errors",
        meaning="JavaScript errors that visitors met",
        panel_place=5,
    ),
    Signal(
        name="error_click",
        group="ErrorClickCount",
        events="error_clicks",
        label="clicks that ended in an error",
        unit="clicks",
        meaning="clicks that were followed by a JavaScript error",
        visits_label="error clicks",
        panel_place=6,
        in_page_table=False,
    ),
)
"""In the order of their columns; a new one comes last."""

SIGNAL: Mapping[str, Signal] = MappingProxyType({signal.name: signal for signal in SIGNALS})


def _milliseconds(seconds: Number) -> Number:
    return seconds * 1000


MEASURES: tuple[Measure, ...] = (
    Measure(
        column="sessions",
        group="Traffic",
        fields=("totalSessionCount",),
        fold="sum",
        meaning="visits of pages by humans: a session counts once in each page that it saw; in the totals, sessions of the site",
        label="sessions",
        unit="sessions",
    ),
    Measure(
        column="bot_sessions",
        group="Traffic",
        fields=("totalBotSessionCount",),
        fold="sum",
        meaning="sessions that Clarity takes for bots; not part of `sessions`",
        label="bot sessions",
        unit="sessions",
    ),
    Measure(
        column="distinct_users",
        group="Traffic",
        fields=("distinctUserCount",),
        fold="sum",
        meaning="users of this tuple, at most: people are in several, so a sum is an upper bound",
        label="users, at most",
        unit="users",
        adds_up=False,
        in_rules=False,
        panel_place=9,
    ),
    Measure(
        column="pages_per_session",
        group="Traffic",
        fields=("pagesPerSessionPercentage",),
        fold="mean",
        meaning="pages that its sessions saw, on average; NULL over several pages, where long sessions count more often",
        label="pages per session",
        unit="pages per session",
        whole=False,
        least=1,
        in_rules=False,
        is_of_sessions=True,
        digits=2,
    ),
    Measure(
        column="scroll_depth",
        group="ScrollDepth",
        fields=("averageScrollDepth",),
        fold="mean",
        meaning="how far down a page was scrolled on a visit, on average; 0 to 100",
        label="scroll depth",
        unit="%",
        whole=False,
        most=100,
        better="more",
        panel_place=7,
        panel_unit="%",
        digits=1,
    ),
    Measure(
        column="engagement_time_ms",
        group="EngagementTime",
        fields=("activeTime",),
        fold="mean",
        meaning="active time on the page, on average by visit; in the totals, of a session on the whole site",
        label="engagement time",
        unit="ms",
        make=_milliseconds,
        better="more",
        adds_up_to_site=True,
        panel_place=8,
        panel_label="Engagement",
        panel_unit="s",
        panel_scale=0.001,
        digits=1,
    ),
    Measure(
        column="total_time_ms",
        group="EngagementTime",
        fields=("totalTime",),
        fold="mean",
        meaning="time that the page was open, on average by visit; in the totals, of a session on the whole site",
        label="total time",
        unit="ms",
        make=_milliseconds,
        in_rules=False,
        adds_up_to_site=True,
        served=False,
    ),
    *(events for events, _ in map(Signal.measures, SIGNALS)),
    *(sessions for _, sessions in map(Signal.measures, SIGNALS)),
)
"""In the order of the table's columns."""

MEASURE: Mapping[str, Measure] = MappingProxyType({measure.column: measure for measure in MEASURES})

GROUPS: tuple[Metric, ...] = (
    *(Metric(signal.group, FRICTION, signal.also) for signal in SIGNALS),
    Metric("ScrollDepth", (Field("averageScrollDepth", "number"),)),
    Metric(
        "Traffic",
        (
            Field("totalSessionCount", "count"),  # bots are not in it
            Field("totalBotSessionCount", "count"),
            Field("distinctUserCount", "count", also=("distantUserCount",)),  # the second is the documentation's
            Field("pagesPerSessionPercentage", "number"),  # an average, despite its name
        ),
    ),
    Metric("EngagementTime", (Field("totalTime", "seconds"), Field("activeTime", "seconds"))),
)
"""The metric groups that measures are made of, as the wire has them."""

WEIGHTED: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure.has_weight)
"""The averages that rules may name: the marts carry their weights."""

SITE_WEIGHTED: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure.has_site_weight)
"""The averages that rules may name of the whole site: `site_day` carries their weights."""

SITE_ONLY: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure.in_site_rules and not measure.in_rules)
"""What rules may name of the whole site and of no page: people, and averages over whole sessions."""

ADDING_UP: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure.adds_up_to_site)
"""The averages by visit of a page whose sum over all pages is the site's: sum(time x visits) / sessions of the site."""

COUNTED: tuple[Measure, ...] = tuple(
    measure for measure in MEASURES if measure.fold == "sum" and measure.in_rules and measure.group != "Traffic"
)
"""The counts that rules may name, beside the sessions of humans and bots, which everything is said against."""

SERVED: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure.served)
"""What the panel and the JSON API have of each day of a business."""

SHOWN: tuple[Measure, ...] = tuple(
    sorted((measure for measure in SERVED if measure.panel_place is not None), key=lambda measure: measure.panel_place or 0)
)
"""What the panel shows of a business below its sessions, in that order."""


def meaning(column: str) -> str:
    """One sentence on a column that a measure or its weight is in; empty for any other."""
    others = {each.weight: f"sessions that {each.column} is an average over" for each in SITE_WEIGHTED}
    others |= {each.by_pages: f"the same as {each.column}, added up over the visits of all pages" for each in ADDING_UP}
    return MEASURE[column].meaning if column in MEASURE else others.get(column, "")
