"""The registry of measures: what we make of Clarity's answers, one entry each, and everything that follows from an entry.

A `Signal` is a kind of friction: its one entry makes two measures, the events and the sessions with at least one. A `Measure` is
one column of `clarity_daily_metrics`. From here are made the wire's vocabulary, the columns, the marts, what rules may name, the
range checks, the panel's copy and its pages, the JSON API and the reference of the documentation. After a change run
`make generate`. The simulator does not see this module: it is a second reading of the API.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from clarity_pipeline.clarity.groups import FRICTION, Field, Metric

Number = int | float

Fold = Literal["sum", "mean"]
"""How rows that become one are put together: counts are added, averages weighted by human sessions."""

Better = Literal["more", "less"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One column: `fields` of one metric group through `make` (None where a field is None), then folded over tuples and days."""

    column: str
    group: str
    fields: tuple[str, ...]
    fold: Fold
    meaning: str
    label: str
    unit: str
    make: Callable[..., Number] | None = None
    whole: bool = True
    zero_without_sessions: bool = False
    """Clarity sends no friction row for a tuple without a human session, which means 0, not unknown."""
    adds_up: bool = True
    """Whether a sum over tuples or days is the true number: users are not, one may be in several."""
    least: Number = 0
    most: Number | None = None
    """The range of a possible value, both ends included; None is no upper end."""
    better: Better | None = None
    panel_place: int | None = None
    """Where it stands among the panel's numbers; None is not shown."""
    panel_unit: str = ""
    panel_scale: float = 1.0
    digits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A kind of friction: `events` and `<name>_sessions`, both from the same metric group."""

    name: str
    group: str
    events: str
    label: str
    unit: str
    meaning: str
    also: tuple[str, ...] = ()
    """Other spellings of the group than its own letters."""
    sessions_label: str = ""
    """How sessions with at least one are called, where it is not "sessions with" the label."""
    panel_place: int | None = None
    in_page_table: bool = True
    """Whether the panel's table of worst pages has a column of it."""

    @property
    def sessions(self) -> str:
        """The column of the sessions with at least one event."""
        return f"{self.name}_sessions"

    @property
    def said_of_sessions(self) -> str:
        """What is counted when sessions are, for people."""
        return self.sessions_label or f"sessions with {self.label}"


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
        sessions_label="sessions with excessive scrolling",
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
        sessions_label="sessions with error clicks",
        panel_place=6,
        in_page_table=False,
    ),
)
"""In the order of the table's columns."""


def _affected(sessions: Number, percentage: Number) -> int:
    """Sessions with at least one event; the wire rounds the share to two decimals, and the product is whole again."""
    return round(sessions * percentage / 100)


def _milliseconds(seconds: Number) -> Number:
    return seconds * 1000


def _events(signal: Signal) -> Measure:
    return Measure(
        column=signal.events,
        group=signal.group,
        fields=("subTotal",),
        fold="sum",
        meaning=f"{signal.meaning}; how many",
        label=signal.label,
        unit=signal.unit,
        zero_without_sessions=True,
        better="less",
        panel_place=signal.panel_place,
    )


def _sessions_with(signal: Signal) -> Measure:
    return Measure(
        column=signal.sessions,
        group=signal.group,
        fields=("sessionsCount", "sessionsWithMetricPercentage"),
        fold="sum",
        meaning=f"{signal.meaning}; sessions with at least one",
        label=signal.said_of_sessions,
        unit="sessions",
        make=_affected,
        zero_without_sessions=True,
        better="less",
    )


MEASURES: tuple[Measure, ...] = (
    Measure(
        column="sessions",
        group="Traffic",
        fields=("totalSessionCount",),
        fold="sum",
        meaning="human sessions; by URL, visits to pages: a session counts once in each page that it saw",
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
        meaning="users of this tuple; people are in several, so a sum is an upper bound",
        label="users, at most",
        unit="users",
        adds_up=False,
        panel_place=9,
    ),
    Measure(
        column="pages_per_session",
        group="Traffic",
        fields=("pagesPerSessionPercentage",),
        fold="mean",
        meaning="pages that a session of this tuple saw, on average",
        label="pages per session",
        unit="pages",
        whole=False,
        least=1,
    ),
    Measure(
        column="scroll_depth",
        group="ScrollDepth",
        fields=("averageScrollDepth",),
        fold="mean",
        meaning="how far down pages were scrolled, on average",
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
        meaning="active time of a session on the page, on average",
        label="engagement",
        unit="ms",
        make=_milliseconds,
        better="more",
        panel_place=8,
        panel_unit="s",
        panel_scale=0.001,
        digits=1,
    ),
    Measure(
        column="total_time_ms",
        group="EngagementTime",
        fields=("totalTime",),
        fold="mean",
        meaning="time that a session had the page open, on average",
        label="total time",
        unit="ms",
        make=_milliseconds,
    ),
    *map(_events, SIGNALS),
    *map(_sessions_with, SIGNALS),
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
