"""From a history of days to the events that make every ratio lie: a pure fold, so that a day loaded again changes nothing twice.

Told anew before the rules are asked. Sessions here are those of `business_day`, one for each page seen; visits
are estimated as sessions over pages a session. An event begins when a day leaves what was normal before, lasts until a day comes
back half way, and keeps what was normal frozen meanwhile; what lasts four weeks has become normal. Days without data say nothing.
What happens in some countries alone is told by `country_regime`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median
from types import MappingProxyType
from typing import Literal

Kind = Literal["new_connection", "consent_missing", "tracking_gap", "bot_share", "site_host"]

NORMAL_DAYS = 28
"""What is normal is told by so many days at most: four of each weekday."""

LEAST_NORMAL_DAYS = 7
"""Fewer do not tell a weekend from a change."""

LASTS_AT_MOST_DAYS = 28
"""Then nothing of before is left in any baseline of a rule, and the new is normal; a gap alone never becomes normal."""

CONSENT_LEAST_PAGES = 1.5
"""A site of single pages cannot fall to one page a session."""

CONSENT_PAGES_LEFT = 0.25
"""Share of the pages beyond the first that is left: without consent each page is a session of its own, so nothing should be."""

CONSENT_VISITS = 1.2
"""And visits rise, by the factor by which pages fall; a page that broke after the first click does not make more visits."""

GAP_SHARE = 0.1
"""A holiday takes half of the sessions or more, hardly nine in ten; a tag that is gone takes all."""

GAP_LEAST_SESSIONS = 20.0
"""Of 20 expected sessions two or fewer come by chance once in a million days."""

BOT_SHARE_JUMP = 0.25
BOT_LEAST = 20
"""A quarter of all visits more, and enough of them: the few bots of a small site double by chance every other week."""

HOST_SHARE = 0.8
"""So much on another host than before, and as much on one host before: a payment page or a fork is never so much."""


@dataclass(frozen=True, slots=True)
class Day:
    """One loaded UTC date of one business; `hosts` are human sessions by host, `pages` is None without a session."""

    date: date
    sessions: int
    bot_sessions: int
    pages: float | None
    hosts: tuple[tuple[str, int], ...] = ()

    @property
    def visits(self) -> float:
        """Sessions, each once, as near as the lane tells."""
        return self.sessions / self.pages if self.pages else 0.0

    @property
    def bot_share(self) -> float:
        """Bots among all visits."""
        return self.bot_sessions / ((self.visits + self.bot_sessions) or 1)


@dataclass(frozen=True, slots=True)
class Event:
    """One stretch of days; `ended_on` is its last day, None while it lasts. `evidence` holds numbers and no name of a page.

    `country` names whose visits it is about, the largest part first, None for the whole site; `countries` are these as Clarity
    writes them. The shares are theirs of the site's page visits, in the days of before and since.
    """

    kind: Kind
    started_on: date
    ended_on: date | None
    seen: float
    expected: float
    evidence: str
    normal_from: date | None = None
    normal_to: date | None = None
    country: str | None = None
    countries: tuple[str, ...] = ()
    share_before: float | None = None
    share_after: float | None = None

    @property
    def share(self) -> float:
        """How much of the site it concerns at most, 0 to 1: the larger of the two."""
        return 1.0 if self.country is None else max(self.share_before or 0.0, self.share_after or 0.0)

    @property
    def became_normal(self) -> bool:
        """Whether it ended only because it lasted so long that nothing of before counts any more."""
        lasted = self.ended_on is not None and (self.ended_on - self.started_on).days + 1 >= LASTS_AT_MOST_DAYS
        return lasted and self.kind != "tracking_gap"

    def holds_on(self, day: date) -> bool:
        """Whether it has begun and not ended by `day`."""
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


@dataclass(frozen=True, slots=True)
class _Sign:
    """What a detector says of a day: against what, whether it begins or still holds, and the words."""

    seen: float
    expected: float
    begins: bool
    holds: bool
    evidence: str


def fold(days: Iterable[Day], *, connected_on: date | None = None, moved_on: Iterable[date] = ()) -> tuple[Event, ...]:
    """The events of one business, oldest first. A first day long after `connected_on` is what retention left, no connection.

    `moved_on` are dates from which on a person has said that the visits are on other hosts than before.
    """
    history = sorted(days, key=lambda day: day.date)
    found = list(_first_day(history, connected_on))
    moves = [event for day in sorted(set(moved_on)) for event in _move(history, day)]
    for kind, detector in _DETECTORS.items():
        normal: list[Day] = []
        current: Event | None = None
        last = None
        for day in history:
            sign = detector(day, normal[-NORMAL_DAYS:])
            if current is not None and sign is not None and sign.holds and not _is_old(current, day):
                last = day.date
                continue
            if current is not None:
                found.append(replace(current, ended_on=last))
                if _is_old(current, day):
                    normal, sign = [each for each in history if current.started_on <= each.date < day.date], None
                current = None
            if sign is not None and sign.begins:
                known = normal[-NORMAL_DAYS:]
                current = Event(kind, day.date, None, sign.seen, sign.expected, sign.evidence, known[0].date, known[-1].date)
                last = day.date
            else:
                normal.append(day)
        if current is not None:
            found.append(current)
    said = [(event.started_on, event.started_on + timedelta(days=LASTS_AT_MOST_DAYS)) for event in moves]
    found = [event for event in found if event.kind != "site_host" or not any(on <= event.started_on < over for on, over in said)]
    return tuple(sorted([*found, *moves], key=_order))


def _order(event: Event) -> tuple[date, Kind]:
    return event.started_on, event.kind


def _move(history: Sequence[Day], moved_on: date) -> Iterable[Event]:
    """A move that somebody has told: it is over when no window of four weeks holds a day of before."""
    before, since = [day.date for day in history if day.date < moved_on], [day.date for day in history if day.date >= moved_on]
    if not before or not since:
        return
    over = moved_on + timedelta(days=LASTS_AT_MOST_DAYS)
    words = "the visits are on other hosts than before, which a person has said is meant: what lies before is another site"
    ended_on = max((day for day in since if day < over), default=moved_on) if since[-1] >= over else None
    yield Event("site_host", moved_on, ended_on, 1.0, 0.0, words, before[-NORMAL_DAYS:][0], before[-1])


def _first_day(history: Sequence[Day], connected_on: date | None) -> Iterable[Event]:
    if not history or (connected_on is not None and history[0].date > connected_on + timedelta(days=7)):
        return
    first = history[0]
    ended_on = first.date if len(history) > 1 else None
    words = "the first day of this connection: the tag may be younger than the day, and there is nothing to compare with"
    yield Event("new_connection", first.date, ended_on, float(first.sessions), 0.0, words)


def _is_old(event: Event, day: Day) -> bool:
    return event.kind != "tracking_gap" and (day.date - event.started_on).days >= LASTS_AT_MOST_DAYS


def _alike(day: Day, normal: Sequence[Day]) -> Sequence[Day]:
    """The same weekday where it is known twice, else all days."""
    same = [each for each in normal if each.date.weekday() == day.date.weekday()]
    return same if len(same) > 1 else normal


def _consent(day: Day, normal: Sequence[Day]) -> _Sign | None:
    known = [each for each in normal if each.pages is not None]
    if len(known) < LEAST_NORMAL_DAYS or day.pages is None:
        return None
    pages, visits = median(each.pages or 0.0 for each in known), median(each.visits for each in _alike(day, known))
    left = (day.pages - 1) / max(pages - 1, 1e-9)
    return _Sign(
        day.pages,
        pages,
        pages >= CONSENT_LEAST_PAGES and left <= CONSENT_PAGES_LEFT and day.visits >= CONSENT_VISITS * visits,
        left <= (1 + CONSENT_PAGES_LEFT) / 2,
        f"pages a session fell to {day.pages:.2f} from {pages:.2f} while visits rose: visitors' consent does not reach Clarity",
    )


def _gap(day: Day, normal: Sequence[Day]) -> _Sign | None:
    known = _alike(day, normal)
    if len(normal) < LEAST_NORMAL_DAYS:
        return None
    expected = median(each.sessions for each in known)
    return _Sign(
        float(day.sessions),
        expected,
        expected >= GAP_LEAST_SESSIONS and day.sessions < GAP_SHARE * expected,
        day.sessions < expected / 2,
        f"{day.sessions:,} sessions where {expected:,.0f} were normal on this weekday: the tag is gone or blocked",
    )


def _bots(day: Day, normal: Sequence[Day]) -> _Sign | None:
    known = [each for each in normal if each.sessions]
    if len(known) < LEAST_NORMAL_DAYS or not day.sessions:
        return None
    share = median(each.bot_share for each in known)
    return _Sign(
        day.bot_share,
        share,
        day.bot_share >= share + BOT_SHARE_JUMP and day.bot_sessions >= BOT_LEAST,
        day.bot_share >= share + 0.7 * BOT_SHARE_JUMP,
        f"bots are {day.bot_share:.0%} of the visits where {share:.0%} was normal",
    )


def _host(day: Day, normal: Sequence[Day]) -> _Sign | None:
    counts: dict[str, int] = {}
    for host, sessions in (pair for each in normal for pair in each.hosts):
        counts[host] = counts.get(host, 0) + sessions
    total, today = sum(counts.values()), sum(sessions for _, sessions in day.hosts)
    if len(normal) < LEAST_NORMAL_DAYS or not total or not today:
        return None
    usual = max(counts, key=lambda host: (counts[host], host))
    elsewhere = max((sessions for host, sessions in day.hosts if host != usual), default=0) / today
    return _Sign(
        elsewhere,
        1 - counts[usual] / total,
        counts[usual] / total >= HOST_SHARE and elsewhere >= HOST_SHARE,
        elsewhere >= HOST_SHARE / 2,
        f"{elsewhere:.0%} of the sessions are on another host than before: the site has moved, or the token is of another"
        " client's project",
    )


_DETECTORS: Mapping[Kind, Callable[[Day, Sequence[Day]], _Sign | None]] = MappingProxyType(
    {"consent_missing": _consent, "tracking_gap": _gap, "bot_share": _bots, "site_host": _host}
)
