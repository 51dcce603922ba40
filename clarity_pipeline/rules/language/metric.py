"""The metrics that a rule may name, as data: of a business, of its whole site, of a landing page, of an ad entity.

Read by `leaves` (which names are valid), `window` (how a value is made of columns) and whoever says a value to a person. What is
Clarity's own follows from the registry of measures; its columns are those that `warehouse.rule_days` reads.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from clarity_pipeline.clarity.measure import Measure, Signal
from clarity_pipeline.clarity.measures import COUNTED, SIGNALS, SITE_ONLY, WEIGHTED
from clarity_pipeline.normalize.ad_columns import MONEY, RATIOS, SHARE, Fold, Ratio, is_money

Kind = Literal["count", "rate", "average", "flag"]
"""A count grows with every day of the window; a rate is sum over sum; an average is weighted by sessions; a flag is 1 or 0."""

Family = Literal["business", "site", "page", "entity", "experiment"]
"""What is counted: visits of pages, sessions of the site (the totals), visits of one page; an ad platform's own numbers."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number over a window of whole dates: `times` the sum of a column, `over` the sum of another where there is one.

    NULL where there is no data for it. `fold` says how the days of an ad platform's column are joined, `unit` is `money` where
    their currency counts.
    """

    name: str
    kind: Kind
    label: str
    unit: str
    meaning: str
    column: str
    over: str | None = None
    family: Family = "business"
    times: float = 1.0
    fold: Fold = "sum"

    def say(self, value: float, *, currency: str | None = None) -> str:
        """The value as a person writes it: `1,240`, `0.312`, `43.2 %`, `41,300 ms`, `yes`, `80.00 EUR`."""
        if self.kind == "flag":
            return "yes" if value else "no"
        if self.unit == "share":
            return f"{100 * value:.1f} %"
        if self.unit == "%":
            return f"{value:.1f} %"
        if self.unit == "ms":
            return f"{value:,.0f} ms"
        if self.family == "entity":
            return _say_of_an_ad(value, currency if self.unit == MONEY else self.unit)
        if self.kind == "count":
            return f"{value:.2g}" if 0 < abs(value) < 1 else f"{value:,.0f}"  # a limit below one is no 0
        return f"{value:.3f}"


def _say_of_an_ad(value: float, unit: str | None) -> str:
    if unit == MONEY or not unit:
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
    return f"{value:,.2f} {unit}"


SESSIONS = "clarity_sessions"

EVENTS: Mapping[str, str] = MappingProxyType({signal.name: signal.events for signal in SIGNALS})
"""The column of a signal's events by its name; `<name>_sessions` is that of the sessions with at least one."""

TEN = (
    SESSIONS,
    "clarity_rage_clicks",
    "clarity_dead_clicks",
    "clarity_excessive_scroll",
    "clarity_quick_backs",
    "clarity_rage_click_rate",
    "clarity_dead_click_rate",
    "clarity_quick_back_rate",
    "clarity_scroll_depth",
    "clarity_engagement_time_ms",
)
"""The metrics of the mission, attached to whatever is evaluated; the macros of the warehouse have exactly these."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where Clarity's numbers are counted, and what is counted there: `one` and `many` are what a person calls it."""

    family: Family
    prefix: str
    one: str
    many: str
    unit: str
    where: str
    how: str


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        place.family: place
        for place in (
            Place(
                *("business", "clarity_", "visit of a page", "visits of pages", "visits", ""),
                how="a session is a visit on each page that it saw",
            ),
            Place(
                *("site", "clarity_site_", "session", "sessions", "sessions", " of the whole site"),
                how="each session counts once; of businesses with the totals, over dates that all have them",
            ),
            Place(
                *("page", "url_clarity_", "visit", "visits", "visits", " on the page"),
                how="of the page that is evaluated, or where the ad entity leads",
            ),
        )
    }
)


def _of_place(place: Place) -> list[Metric]:
    def metric(name: str, kind: Kind, label: str, unit: str, meaning: str, column: str, over: str | None = None) -> Metric:
        return Metric(place.prefix + name, kind, label + place.where, unit, meaning, column, over, place.family)

    def share_of_sessions(signal: Signal) -> Metric:
        label, meaning = f"share of {many} with {signal.label}", f"{many} with at least one / {many}, 0 to 1"
        return metric(f"{signal.name}_session_share", "rate", label, "share", meaning, signal.sessions, "sessions")

    def rate(signal: Signal) -> Metric:
        label, unit = f"{signal.label} per {place.one}", f"{signal.unit} per {place.one}"
        return metric(f"{signal.name}_rate", "rate", label, unit, f"{signal.label} / {many}", signal.events, "sessions")

    def with_signal(signal: Signal) -> Metric:
        label = f"{many} with {signal.label}"
        return metric(signal.sessions, "count", label, place.unit, f"{many} with at least one", signal.sessions)

    def total(measure: Measure) -> Metric:
        said = f"total {measure.label}" if measure.adds_up else f"{measure.label}: those of each day, added up over the days"
        return metric(measure.column, "count", measure.label, measure.unit, said, measure.column)

    def average(measure: Measure) -> Metric:
        label = f"average {measure.label}"
        said = label if measure.is_of_sessions else f"{label} of a {place.one}"
        return metric(measure.column, "average", label, measure.unit, said, measure.weighted_sum, measure.weight)

    many = place.many
    with_sessions = {signal.sessions for signal in SIGNALS}
    of_site = SITE_ONLY if place.family == "site" else ()
    found = [metric("sessions", "count", many, place.unit, f"total {many} without bots; {place.how}", "sessions")]
    found += [total(each) for each in COUNTED if each.column not in with_sessions]
    found += [*map(rate, SIGNALS), *map(average, WEIGHTED), *map(with_signal, SIGNALS), *map(share_of_sessions, SIGNALS)]
    return [
        *found,
        metric("bot_share", "rate", "share of bots", "share", f"bots / all {many}, 0 to 1", "bot_sessions", "visits"),
        *(total(each) if each.fold == "sum" else average(each) for each in of_site),
    ]


ENTITY_PREFIX = "entity."
ENTITY_COLUMN = re.compile(r"entity\.[a-z][a-z0-9_]{0,62}")
RATIO_OF_COLUMNS = re.compile(rf"({ENTITY_COLUMN.pattern}) / ({ENTITY_COLUMN.pattern})")
"""How a ratio that a rule makes itself is called: `entity.spend / entity.add_to_carts`."""
_OF_AN_ENTITY = ("spend", "clicks", "impressions", "conversions")


def _ready(ratio: Ratio) -> Metric:
    times = f"{ratio.times:,.0f} x " if ratio.times != 1 else ""
    share = ", 0 to 1" if ratio.unit == SHARE else ""
    return Metric(
        name=ENTITY_PREFIX + ratio.name,
        kind="rate",
        label=ratio.label,
        unit=ratio.unit,
        meaning=f"{times}sum of {ratio.of} / sum of {ratio.over}{share}",
        column=ratio.of,
        over=ratio.over,
        family="entity",
        times=ratio.times,
    )


DARK_PATTERN = "experiment.more_conversions_and_more_frustration"

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        *(metric for place in PLACES.values() for metric in _of_place(place)),
        *map(_ready, RATIOS.values()),
        Metric(
            DARK_PATTERN,
            "flag",
            "a variant of an experiment has more conversions and more frustration, both beyond chance",
            "",
            "1 where a running experiment has such a variant, else 0",
            "more_conversions_and_more_frustration",
            family="experiment",
        ),
    )
}

CONNECTION = Metric("connection", "flag", "connection", "", "1 where the connection is in the state that was asked for", "")
"""What a `connection` leaf gives as its metric; no rule can name it in another leaf."""

ENTITY_EXAMPLES = tuple(ENTITY_PREFIX + name for name in _OF_AN_ENTITY)


def metric_of(name: str) -> Metric:
    """The metric of that name; `KeyError` for one that is none.

    Any column of the ad entities is one (`entity.spend`), and so is one column over another (`entity.spend / entity.leads`).
    """
    known = CONNECTION if name == CONNECTION.name else METRICS.get(name)
    if known is not None:
        return known
    if ratio := RATIO_OF_COLUMNS.fullmatch(name):
        return _made(name, *(each.removeprefix(ENTITY_PREFIX) for each in ratio.groups()))
    if not ENTITY_COLUMN.fullmatch(name):
        raise KeyError(name)
    column = name.removeprefix(ENTITY_PREFIX)
    unit = MONEY if is_money(column, {}) else ""
    return Metric(name, "count", _words(column), unit, "as imported, summed", column, family="entity")


def _made(name: str, of: str, over: str) -> Metric:
    unit = MONEY if is_money(of, {}) and not is_money(over, {}) else ""
    label = f"{_words(of)} / {_words(over)}"
    return Metric(name, "rate", label, unit, f"sum of {of} / sum of {over}", of, over, family="entity")


def _words(column: str) -> str:
    return column.replace("_", " ")


def counted_in(family: Family) -> str:
    """What a number of that family is counted in, for people."""
    return PLACES[family].many if family in PLACES else "sessions"


def signal_metric(signal: str, quantity: Literal["signal_sessions", "events"], family: Family) -> Metric:
    """What a test of a signal counts: sessions with it, or its events."""
    return METRICS[PLACES[family].prefix + (f"{signal}_sessions" if quantity == "signal_sessions" else EVENTS[signal])]


def share_metric(signal: str, family: Family) -> Metric:
    """The share of sessions with a signal, for a chart."""
    return METRICS[f"{PLACES[family].prefix}{signal}_session_share"]
