"""The events of one business that concern some countries alone: those that lost consent together are one, named after them. Pure.

`lost_consent` says since when a country's visits count anew; here countries whose stretches begin and end together are put
together, their share of the site is told, and what the whole site's own event says already is left out. Called by `day.regimes`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from clarity_pipeline.trust.lost_consent import CountryDay, Lost, lost_consent
from clarity_pipeline.trust.regime import Event

TOGETHER = timedelta(days=3)
"""Enforced on one date, seen on the first day with enough visits; a small country may seem to begin a day or two early by
chance."""

TOLERANCE = 0.05
"""Share of the visits. Where a country of 5 % counts each of its page views as a visit, sums of sessions rise by 5 % at most
and what is divided by them falls by 5 % at most: less than rules of the library ask for by far."""

NAMED = 3
"""So many countries are named in a sentence; the column `country` has all."""


def country_events(
    sessions: Mapping[date, int], countries: Mapping[str, Sequence[CountryDay]], *, of_site: Iterable[Event] = ()
) -> list[Event]:
    """Oldest first.

    `sessions` are those of each loaded date of the lane by country; a date that a country lacks is one without visits.
    `of_site` are the events of the whole site.
    """
    known = {name: {day.date: day for day in days} for name, days in countries.items()}
    found = [
        each
        for name, days in sorted(known.items())
        for each in lost_consent(name, (days.get(on, CountryDay(on)) for on in sessions))
        if not _is_said(each, of_site)
    ]
    events = [_event(group, sessions, known) for group in _together(found, known)]
    return sorted(events, key=lambda event: (event.started_on, event.country or ""))


def in_words(countries: Sequence[str]) -> str:
    """`Germany`, `Germany and France`, `Germany, France, Italy and 12 other countries`."""
    if len(countries) == 1:
        return countries[0]
    if len(countries) <= NAMED + 1:
        return f"{', '.join(countries[:-1])} and {countries[-1]}"
    return f"{', '.join(countries[:NAMED])} and {len(countries) - NAMED} other countries"


def counts_anew(event: Event, day: date, *, share: float, of: str = "site") -> str:
    """`visits from Germany (64 % of the site) count anew since 31 October`, as it is on a day."""
    whose = f"visits from {in_words(event.countries)} ({_percent(share)} of the {of})" if event.countries else "all visits"
    if event.ended_on is None or day <= event.ended_on:
        return f"{whose} count anew since {_day(event.started_on)}"
    return f"{whose} counted anew from {_day(event.started_on)} to {_day(event.ended_on)}"


def part_of(event: Event, days: Sequence[date], *, goes_on: bool = False) -> float:
    """Which part of the days is counted as its days are, 0 to 1; with `goes_on` that does not end by becoming normal."""
    last = date.max if event.ended_on is None or (goes_on and event.became_normal) else event.ended_on
    return sum(event.started_on <= day <= last for day in days) / len(days)


def moved(event: Event, days: Sequence[date], *, against: Sequence[date]) -> float:
    """How much of the visits of `days` is counted otherwise than those of the days that they are held against, 0 to 1."""
    return event.share * abs(part_of(event, days, goes_on=True) - part_of(event, against, goes_on=True))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1f} %"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _is_said(lost: Lost, of_site: Iterable[Event]) -> bool:
    """Whether the whole site lost it then."""
    return any(
        event.kind == "consent_missing"
        and event.started_on - TOGETHER <= lost.started_on
        and (event.ended_on is None or lost.started_on <= event.ended_on)
        for event in of_site
    )


def _together(found: Sequence[Lost], known: Mapping[str, Mapping[date, CountryDay]]) -> list[list[Lost]]:
    """The largest first: those that begin and end about when it does are one with it."""
    waiting = sorted(found, key=lambda each: (-_sessions(each, known), each.country))
    groups = []
    while waiting:
        first = waiting[0]
        group = [each for each in waiting if _is_with(each, first)]
        groups.append(list({each.country: each for each in group}.values()))
        waiting = [each for each in waiting if each not in groups[-1]]
    return groups


def _is_with(one: Lost, other: Lost) -> bool:
    if abs(one.started_on - other.started_on) > TOGETHER:
        return False
    if one.ended_on is None or other.ended_on is None:
        return one.ended_on is other.ended_on
    return abs(one.ended_on - other.ended_on) <= TOGETHER


def _sessions(lost: Lost, known: Mapping[str, Mapping[date, CountryDay]]) -> int:
    days = known[lost.country].values()
    return sum(
        day.sessions for day in days if day.date >= lost.started_on and (lost.ended_on is None or day.date <= lost.ended_on)
    )


def _event(group: Sequence[Lost], sessions: Mapping[date, int], known: Mapping[str, Mapping[date, CountryDay]]) -> Event:
    first = group[0]
    names = tuple(each.country for each in group)
    before = [on for on in sessions if first.normal_from <= on <= first.normal_to]
    since = [on for on in sessions if first.started_on <= on and (first.ended_on is None or on <= first.ended_on)]
    pages_before, share_before = _pages_and_share(names, before, sessions, known)
    pages_since, share_since = _pages_and_share(names, since, sessions, known)
    return Event(
        kind="consent_missing",
        started_on=first.started_on,
        ended_on=first.ended_on,
        seen=pages_since,
        expected=pages_before,
        evidence=(
            f"visits from {in_words(names)} ({_percent(share_since)} of the site, {_percent(share_before)} before) count anew"
            f" since {_day(first.started_on)}: pages a session fell to {pages_since:.2f} from {pages_before:.2f} while visits"
            " rose, so visitors' consent there does not reach Clarity"
        ),
        normal_from=first.normal_from,
        normal_to=first.normal_to,
        country=", ".join(names),
        countries=names,
        share_before=share_before,
        share_after=share_since,
    )


def _pages_and_share(
    names: Sequence[str],
    days: Sequence[date],
    sessions: Mapping[date, int],
    known: Mapping[str, Mapping[date, CountryDay]],
) -> tuple[float, float]:
    theirs = [day for name in names for on in days if (day := known[name].get(on)) is not None]
    count, of_all = sum(day.sessions for day in theirs), sum(sessions[on] for on in days)
    surplus = sum(day.surplus for day in theirs)
    return (1 + surplus / count if count else 0.0), (count / of_all if of_all else 0.0)
