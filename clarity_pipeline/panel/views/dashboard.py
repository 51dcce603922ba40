"""The numbers of one business over the last 7, 28 or 90 days, as the page shows them. Called by `business_view`.

The site's own numbers lead where every date with data has them, else visits of pages: no span and no chart mixes the two.
Reads the panel's copy, and of cut lanes what the state database says of them. A span ends with yesterday, the last UTC date that
can be over; it is compared with as many days before it, by day that has data, so that a lost day is no improvement. What a number
cannot say is said beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from markupsafe import Markup

from clarity_pipeline.calls.cut_lanes import CutLane, CutLanes
from clarity_pipeline.panel.views import charts
from clarity_pipeline.panel.views.chance import is_beyond_chance
from clarity_pipeline.panel.views.comparable import counted_anew, events_of, why_apart
from clarity_pipeline.panel.views.day_charts import chart_of, doubt_of, points_of
from clarity_pipeline.panel.views.known_days import known_of
from clarity_pipeline.panel.views.shown_metrics import METRICS, SESSIONS, Metric
from clarity_pipeline.panel.views.wording import COUNTED_IN, number, plural, short_day
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.trust.words import covered
from clarity_pipeline.warehouse.published.published_days import (
    AVERAGES,
    Counted,
    PublishedDay,
    Span,
    add_up,
    leading,
    published_days,
    published_site_days,
)

SUMMED = "url_device"
"""The lane that visits of pages are sums of."""

SPANS = (7, 28, 90)

_NOTEWORTHY = 0.005
_ENOUGH_DAYS = 0.5
"""Of the span before; with fewer of its days there is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class Change:
    """Against the span before: in words, whether that is better, worse or neither, and whether days differ by less anyway."""

    words: str
    verdict: Literal["better", "worse", "same"]
    is_beyond_chance: bool = False
    brief: str = ""
    """The same under a head that says against what; empty where the words are brief."""


@dataclass(frozen=True, slots=True)
class Card:
    """One metric of the span."""

    metric: Metric
    value: str
    rate: str
    change: Change
    chart: Markup
    top: str
    """At the upper line of the chart; empty without a number."""
    half: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything that the page shows of the span; `counted` is what leads, in words `counted_in`, explained by `counting`.

    `remarks` are sentences about what the numbers cannot say.
    """

    span: int
    counted: Counted
    counted_in: str
    counting: str
    from_date: date
    to_date: date
    days: tuple[PublishedDay, ...]
    sessions: Card
    cards: tuple[Card, ...]
    remarks: tuple[str, ...]
    signs: tuple[str, ...]
    """What the signs on its charts mean, those that there are."""

    @property
    def moved(self) -> tuple[Card, ...]:
        """Those that changed by more than chance."""
        return tuple(each for each in self.cards if each.change.is_beyond_chance)

    @property
    def steady(self) -> tuple[Card, ...]:
        """The others."""
        return tuple(each for each in self.cards if not each.change.is_beyond_chance)


def dashboard(state: StateDatabase, business_id: str, *, span: int, yesterday: date) -> Dashboard:
    """The last `span` days up to `yesterday`."""
    from_date = yesterday - timedelta(days=span - 1)
    both = {"from_date": from_date - timedelta(days=span), "to_date": yesterday}
    visits, sites = published_days(state, business_id, **both), published_site_days(state, business_id, **both)
    visits_before, visits_now = _at(visits, from_date)
    sites_before, sites_now = _at(sites, from_date)
    counted = leading(visits_now, sites_now)
    days = sites_now if counted == "site" else visits_now
    comparable = sites_before if leading(visits_before, sites_before) == "site" else []
    days_before = comparable if counted == "site" else visits_before
    before = add_up(days_before)
    now = add_up(days)
    dates = [from_date + timedelta(days=number) for number in range(span)]
    events = events_of(state, business_id)
    apart = why_apart(events, dates)

    known = known_of(state, business_id, from_date=from_date, to_date=yesterday)

    def card(metric: Metric) -> Card:
        points = points_of(metric, days, dates, known)
        top = charts.highest(points)
        is_beyond = is_beyond_chance(_by_day(metric, days), _by_day(metric, days_before))
        against = change(metric, now, before, span=span, is_beyond_chance=is_beyond)
        return Card(
            metric=metric,
            value=metric.worded(now.values[metric.name]),
            rate=_rate(metric, now, COUNTED_IN[counted]),
            change=against if apart is None else Change(apart, "same"),
            chart=chart_of(metric, points, known),
            top=metric.worded(top) if top else "",
            half=metric.worded(top / 2) if top else "",
        )

    cut = CutLanes(state).since(business_id, from_date)
    return Dashboard(
        span=span,
        counted=counted,
        counted_in=COUNTED_IN[counted],
        counting=_counting(counted, visits_now, sites_now),
        from_date=from_date,
        to_date=yesterday,
        days=tuple(days),
        sessions=card(SESSIONS[counted]),
        cards=tuple(card(metric) for metric in METRICS[counted]),
        signs=tuple(
            words
            for words, is_there in (
                ("Hatched: lacks something", any(map(doubt_of, days))),
                (
                    "Bar at the top: an alert was open",
                    any(metric.name in known.alerts for metric in (SESSIONS[counted], *METRICS[counted])),
                ),
                ("Dashed line: the site was changed", bool(known.changes)),
            )
            if is_there
        ),
        remarks=tuple(
            dict.fromkeys([*remarks(days, span=span), *remarks(visits_now, span=span, cut=cut), *counted_anew(events, dates)])
        ),
    )


def _at(days: Sequence[PublishedDay], from_date: date) -> tuple[list[PublishedDay], list[PublishedDay]]:
    """Days before a date, and from it on."""
    return [day for day in days if day.date < from_date], [day for day in days if day.date >= from_date]


def _counting(counted: Counted, visits: Sequence[PublishedDay], sites: Sequence[PublishedDay]) -> str:
    """What the numbers count, and of visits of pages why the site's own do not lead."""
    if counted == "site":
        return "Sessions of the whole site, each counted once. Users are those of each day, added up: at most so many people."
    said = (
        "Visits of pages: a session counts on every page that it saw, and times are by visit. Users are at most so many people."
    )
    if not sites:
        return said
    told = len({day.date for day in visits} & {day.date for day in sites})
    return f"{said} The site's own numbers lead where every date has them; here {told} of {len(visits)} do."


def _by_day(metric: Metric, days: Sequence[PublishedDay]) -> list[float]:
    """What is compared of each day: of events how many a session has, so that a busy day is no worse one."""
    found = [(day.number(metric.name), day.sessions) for day in days]
    if metric.is_rated:
        return [value / sessions for value, sessions in found if value is not None and sessions]
    return [float(value) for value, _ in found if value is not None]


def change(metric: Metric, now: Span, before: Span, *, span: int, is_beyond_chance: bool = True) -> Change:
    """How the span differs from the one before it, a count by day with data; it is better or worse only beyond chance."""
    earlier, later = before.values[metric.name], now.values[metric.name]
    if before.days < span * _ENOUGH_DAYS or earlier is None or later is None:
        return Change(f"nothing to compare with in the {span} days before", "same", brief="nothing to compare with")
    if metric.name not in AVERAGES:
        earlier, later = earlier / before.days, later / now.days
    if earlier == 0:
        words = f"none in the {span} days before" if later else f"none, as in the {span} days before"
        is_news = bool(later) and is_beyond_chance
        return Change(words, _verdict(metric, 1) if is_news else "same", is_news)
    ratio = later / earlier - 1
    if abs(ratio) < _NOTEWORTHY:
        return Change(f"as in the {span} days before", "same", brief="as before")
    a_day = "" if now.days == before.days else " a day"
    more, less = ("higher", "lower") if metric.name in AVERAGES else (f"more{a_day}", f"fewer{a_day}")
    brief = f"{abs(ratio):.0%} {more if ratio > 0 else less}"
    words = f"{brief} than in the {span} days before"
    return (
        Change(words, _verdict(metric, ratio), is_beyond_chance=True)
        if is_beyond_chance
        else Change(f"{words}, within chance", "same", brief=brief)
    )


def remarks(days: Sequence[PublishedDay], *, span: int, cut: Sequence[CutLane] = ()) -> list[str]:
    """What is to be known before the numbers are believed; `cut` are the span's cut lanes, newest first."""
    found = []
    if missing := span - len(days):
        found.append(f"{plural(missing, 'day')} of the {span} {'has' if missing == 1 else 'have'} no data; gaps are not zeros.")
    for holds, sentence in _REMARKS:
        if about := [day.date for day in days if holds(day)]:
            found.append(sentence.format(days=_named(about)))
    return found + _told(cut, days)


def _told(cut: Sequence[CutLane], days: Sequence[PublishedDay]) -> list[str]:
    """Of the newest cut date that is shown, how much its rows still tell; the others are alike, and a list would hide it."""
    shown = {day.date for day in days if day.truncated}
    newest = next((lane for lane in cut if lane.cut and lane.slice_name == SUMMED and lane.date in shown), None)
    return (
        [] if newest is None else [f"On {short_day(newest.date)} the rows tell {covered(newest.covered_share, newest.method)}."]
    )


_REMARKS: tuple[tuple[Callable[[PublishedDay], bool], str], ...] = (
    (lambda day: day.truncated, "Clarity cut its answer at 1,000 rows on {days}: the totals are lower bounds."),
    (lambda day: day.quality == "recovered", "{days}: lost at first, and recovered from longer answers."),
    (lambda day: day.quality == "shifted", "{days}: fetched late, so the 24 hours that were counted began late too."),
)


def _named(days: Sequence[date]) -> str:
    shown = ", ".join(short_day(day) for day in days[:5])
    return shown if len(days) <= 5 else f"{shown} and {plural(len(days) - 5, 'other day')}"


def _verdict(metric: Metric, ratio: float) -> Literal["better", "worse", "same"]:
    if metric.better is None:
        return "same"
    return "better" if (ratio > 0) == (metric.better == "more") else "worse"


def _rate(metric: Metric, span: Span, counted_in: str) -> str:
    count, sessions = span.values[metric.name], span.values["sessions"]
    if not metric.is_rated or count is None or not sessions:
        return ""
    return f"{number(100 * count / sessions, 2)} in 100 {counted_in}"
