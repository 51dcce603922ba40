"""The vocabulary of an answer, as data: sixteen metrics, their fields, and every spelling seen (`docs/clarity-api.md#spellings`).

A new metric of Clarity's is one new line in `METRICS`; what we make of it is one line in `normalize.columns`. Names are matched
by their letters and digits alone, without regard to case, so "Dead Click Count" and `DeadClickCount` are one. Used by
`answer`; it holds no dimension (`dimensions` does) and no rule.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "seconds", "number", "text"]
"""`count`: a whole number from 0 on; `seconds`: from 0 on; `number`: an average or a percentage; `text`: a name in a list."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a row. Types on the wire vary: counts were strings until 2026, and both were live at the same time."""

    name: str
    kind: Kind
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One group of the answer. A `listed` metric has a row for each name, and comes only when no dimension was asked for."""

    name: str
    fields: tuple[Field, ...]
    also: tuple[str, ...] = ()
    listed: bool = False


_FRICTION = (
    Field("sessionsCount", "count"),  # the denominator: all human sessions of the tuple, affected or not
    Field("sessionsWithMetricPercentage", "number"),
    Field("sessionsWithoutMetricPercentage", "number"),
    Field("pagesViews", "count"),
    Field("subTotal", "count"),  # events
)
_NAMED = (Field("name", "text"), Field("sessionsCount", "count"))

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("DeadClickCount", _FRICTION),
        Metric("ExcessiveScroll", _FRICTION),
        Metric("RageClickCount", _FRICTION),
        Metric("QuickbackClick", _FRICTION),
        Metric("ScriptErrorCount", _FRICTION),
        Metric("ErrorClickCount", _FRICTION),
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
        Metric("Browser", _NAMED, listed=True),
        Metric("Device", _NAMED, listed=True),
        Metric("OS", _NAMED, listed=True),
        Metric("Country", _NAMED, also=("Country/Region",), listed=True),
        Metric("PageTitle", _NAMED, listed=True),
        Metric("ReferrerUrl", _NAMED, listed=True),
        Metric("PopularPages", (Field("url", "text"), Field("visitsCount", "count")), listed=True),
    )
}


MOBILE_METRICS = ("DeadTapCount", "RageTapCount", "ApplicationErrorCount", "PopularScreens")
MOBILE_FIELDS = ("screensViews", "screensPerSessionPercentage")
"""What only a mobile app's project sends (`docs/clarity-api.md#mobile-apps`)."""


def folded(name: str) -> str:
    """The letters and digits of a name, lower case: the form in which names are compared."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


METRIC_BY_SPELLING: dict[str, Metric] = {
    folded(spelling): metric for metric in METRICS.values() for spelling in (metric.name, *metric.also)
}
