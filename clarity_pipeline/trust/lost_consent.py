"""When the visits from one country count anew, each page view as a session of its own: a pure fold over that country's days.

Consent is enforced by country, so a step of one country drowns in the whole site: where Germany alone lost it, a site fell
from 2.80 to 1.64 pages a visit, which is 36 % of its surplus against the limit of 25 %. In its own country it is plain:
nothing of the surplus is left. But a country may have three visits a day, so what would be chance there has to be told from
what is not.

The statistic. Days of pages beyond the first, given the sessions, are taken as negative binomial: mean `sessions x usual
surplus`, variance `spread` times that. The spread is Pearson's chi-square over its degrees of freedom (McCullagh and Nelder,
Generalized Linear Models, 1989, section 4.5), and of that the upper 99 % bound, by the chi-square quantile of Wilson and
Hilferty (PNAS 17, 1931), since days of before are few. The chance of so little surplus is bounded by Chernoff's inequality
(Annals of Mathematical Statistics 23, 1952), which holds for any number of sessions, and is exact where nothing is left.
Sessions that saw several pages are in the lane several times, which the measured spread holds too.
`benchmarks.country_regimes` measures how often it is wrong.

A campaign whose visitors see one page each lowers the same figure. It lands on a page, and the visits of the other pages stay
what they were; so where a country has other pages than its busiest, those are asked. And visitors who only come less deep make
no more sessions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log
from statistics import fmean
from typing import NamedTuple

from clarity_pipeline.trust.regime import (
    CONSENT_LEAST_PAGES,
    CONSENT_PAGES_LEFT,
    CONSENT_VISITS,
    LASTS_AT_MOST_DAYS,
    LEAST_NORMAL_DAYS,
    NORMAL_DAYS,
)

CHANCE = 1e-9
"""A site of fifty countries has twenty thousand chances a year to be wrong."""

CHANCE_OF_RETURN = 0.01
"""Day after day beyond what lost consent leaves; being wrong ends an event that begins again at once."""

SESSIONS_LEFT = 0.8
"""Of the usual sessions on several pages. Views become sessions, so none is lost; of visitors who leave at once two thirds
are."""

SESSIONS_OF_ONE_PAGE = 1.2
"""Where all is one page, sessions of the lane are visits, and rise by what a visit saw of that page again."""

LEAST_ELSEWHERE = 0.1
"""Share of the sessions that are not on the busiest page, to be asked by themselves."""

RETURNED_DAYS = 3
"""So many days of visits, the first beyond what lost consent leaves and none back at it, are a return, however few visits they
are."""

_UPPER = 2.326
"""Standard deviations of a normal distribution beyond which one in a hundred lies."""


@dataclass(frozen=True, slots=True)
class CountryDay:
    """One loaded date of the lane by country; `surplus` are page views beyond the first, over all its sessions.

    `elsewhere` are the sessions on other pages than the country's busiest of that date. A date without a visit has 0 of all.
    """

    date: date
    sessions: int = 0
    surplus: float = 0.0
    elsewhere: int = 0
    elsewhere_surplus: float = 0.0


@dataclass(frozen=True, slots=True)
class Lost:
    """One stretch of days of one country; `ended_on` is its last day, None while it lasts."""

    country: str
    started_on: date
    ended_on: date | None
    normal_from: date
    normal_to: date


class Counted(NamedTuple):
    """Sessions and their surplus."""

    sessions: int
    surplus: float


class Usual(NamedTuple):
    """Of days of before: surplus a session, and how much more than a Poisson count it varies."""

    surplus: float
    spread: float

    def left(self, seen: Counted) -> float:
        """Which share of the usual surplus there is; 1 where nobody came."""
        return seen.surplus / (seen.sessions * self.surplus) if seen.sessions else 1.0

    def chance(self, seen: Counted, *, of_usual: float = 1.0) -> float:
        """At most so likely is a surplus so far from the usual one, or from a share of it."""
        mean = seen.sessions * self.surplus * of_usual
        size = mean / (self.spread - 1)
        above = seen.surplus * log(seen.surplus / mean) if seen.surplus else 0.0
        return exp((seen.surplus + size) * log((seen.surplus + size) / (mean + size)) - above)


def usual(days: Sequence[Counted]) -> Usual | None:
    """What is usual by days of before; None where they are too few, or hardly anybody saw a second page."""
    known = [day for day in days if day.sessions]
    if len(known) < LEAST_NORMAL_DAYS:
        return None
    surplus = sum(day.surplus for day in known) / sum(day.sessions for day in known)
    if surplus < CONSENT_LEAST_PAGES - 1:
        return None
    free = len(known) - 1
    pearson = sum((day.surplus - surplus * day.sessions) ** 2 / (surplus * day.sessions) for day in known)
    low = free * (1 - 2 / (9 * free) - _UPPER * (2 / (9 * free)) ** 0.5) ** 3
    return Usual(surplus, max(pearson / low, 1 + surplus))  # a geometric count of pages is the least that visits vary


def lost_consent(country: str, days: Iterable[CountryDay]) -> list[Lost]:
    """The stretches of one country, oldest first, by every loaded date of the lane, with its visits or without.

    A stretch begins with the first of the days that prove it together, and ends before the first of those that prove its end.
    What lasts four weeks is normal.
    """
    fold = _Fold(country)
    for day in sorted(days, key=lambda each: each.date):
        fold.take(day)
    return fold.stretches()


class _Fold:
    """`run` are days that may be, or are, without consent; `doubt` those behind them that look as if it were back."""

    def __init__(self, country: str) -> None:
        self._country = country
        self._normal: list[CountryDay] = []
        self._run: list[CountryDay] = []
        self._doubt: list[CountryDay] = []
        self._is_proved = False
        self._found: list[Lost] = []

    def take(self, day: CountryDay) -> None:
        if self._run and (day.date - self._run[0].date).days >= LASTS_AT_MOST_DAYS:
            self._becomes_normal()
        if self._is_proved:
            self._goes_on(day)
        elif (day.sessions == 0 and self._run) or _is_without(day, self._known):
            self._run.append(day)
            self._is_proved = _is_proved(self._run, self._known)
        else:
            self._normal += [*self._run, day]
            self._run = []

    def stretches(self) -> list[Lost]:
        return [*self._found, *([self._stretch(None)] if self._is_proved else [])]

    @property
    def _known(self) -> list[CountryDay]:
        return self._normal[-NORMAL_DAYS:]

    def _goes_on(self, day: CountryDay) -> None:
        now = usual(_whole(self._known))
        if now is None or day.sessions == 0:
            (self._doubt or self._run).append(day)
        elif now.left(_counted([day])) <= (CONSENT_PAGES_LEFT if self._doubt else (1 + CONSENT_PAGES_LEFT) / 2):
            self._run += [*self._doubt, day]
            self._doubt = []
        else:
            self._doubt.append(day)
            if _is_back(self._doubt, now):
                self._found.append(self._stretch(self._run[-1].date))
                self._normal += self._doubt
                self._run, self._doubt, self._is_proved = [], [], False

    def _becomes_normal(self) -> None:
        days = self._run + self._doubt
        if self._is_proved:
            self._found.append(self._stretch(days[-1].date))
            self._normal = []
        self._normal += days
        self._run, self._doubt, self._is_proved = [], [], False

    def _stretch(self, ended_on: date | None) -> Lost:
        return Lost(self._country, self._run[0].date, ended_on, self._known[0].date, self._known[-1].date)


def _is_without(day: CountryDay, known: Sequence[CountryDay]) -> bool:
    """Whether a day has hardly anything of the usual surplus; asked of every day, so the sums come before the spread."""
    sessions, surplus = sum([each.sessions for each in known]), sum([each.surplus for each in known])
    if not day.sessions or day.surplus * sessions > CONSENT_PAGES_LEFT * surplus * day.sessions:
        return False
    return usual(_whole(known)) is not None


def _is_proved(run: Sequence[CountryDay], known: Sequence[CountryDay]) -> bool:
    whole, seen = usual(_whole(known)), _counted(run)
    if whole is None or not seen.sessions or whole.left(seen) > CONSENT_PAGES_LEFT:
        return False
    expected = sum(_expected(day, known) for day in run)
    visits = (seen.sessions / (1 + seen.surplus / seen.sessions)) / (expected / (1 + whole.surplus)) if expected else 0.0
    elsewhere = sum(day.elsewhere for day in known) / sum(day.sessions for day in known)
    if visits < CONSENT_VISITS:
        return False
    if elsewhere < LEAST_ELSEWHERE:
        return seen.sessions >= SESSIONS_OF_ONE_PAGE * expected and whole.chance(seen) <= CHANCE
    other = usual([Counted(day.elsewhere, day.elsewhere_surplus) for day in known])
    there = Counted(sum(day.elsewhere for day in run), sum(day.elsewhere_surplus for day in run))
    if other is None or seen.sessions < SESSIONS_LEFT * expected or other.left(there) > CONSENT_PAGES_LEFT:
        return False
    return other.chance(there) <= CHANCE


def _is_back(doubt: Sequence[CountryDay], before: Usual) -> bool:
    if sum(day.sessions > 0 for day in doubt) >= RETURNED_DAYS:
        return True
    return before.chance(_counted(doubt), of_usual=CONSENT_PAGES_LEFT) <= CHANCE_OF_RETURN


def _expected(day: CountryDay, known: Sequence[CountryDay]) -> float:
    """Its usual sessions: of the same weekday where that is known twice."""
    same = [each.sessions for each in known if each.date.weekday() == day.date.weekday()]
    return fmean(same if len(same) > 1 else [each.sessions for each in known])


def _whole(days: Sequence[CountryDay]) -> list[Counted]:
    return [Counted(day.sessions, day.surplus) for day in days]


def _counted(days: Sequence[CountryDay]) -> Counted:
    return Counted(sum(day.sessions for day in days), sum(day.surplus for day in days))
