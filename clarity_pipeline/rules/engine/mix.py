"""Which visits came on which day, by lane: pages x devices, sources, countries and campaigns, for the tests of signals.

Made by `judging.mixes`; `Known` has it for the tests of signals. Pure. Each lane tells by itself what its mix leads one to
expect. They tell of the same visits, so that their factors are not multiplied: the one that moves the expectation farthest for
sure, by as much as is left of its factor after one standard deviation, is taken for all days of a test, with the largest doubt
of any. That lane is chosen from the visits and the baseline's rates, never from what is being tested.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clarity_pipeline.rules.spike.alike import moved_alike
from clarity_pipeline.rules.spike.baseline import Standard
from clarity_pipeline.rules.spike.standardised import Floats, Rates, doubt, factors, rates

PAGES_BY = "url_device"
"""The lane that tells of most pages."""

CROWD = 1.5
"""So many times the visits of its weekday, or one over it, is another audience, until its pages say otherwise."""

BLOCK = 64
"""Days of a backtest whose mix is worked out at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One lane: D days from `first` on by C cells. `urls` and `values` are of each cell; None stands for all others together.

    `hits` has by signal the visits with it.
    """

    first: date
    urls: Sequence[str | None]
    values: Sequence[str | None]
    visits: NDArray[Any]
    hits: Mapping[str, NDArray[Any]]

    def places(self, page: str | None) -> list[int]:
        """The cells of a page; of the whole site with None."""
        return [place for place, url in enumerate(self.urls) if page is None or url == page]


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What one lane says of A days in turn: factors of the span's days, and the doubt of those behind its baseline, A x D."""

    factors: Floats
    doubts: Floats


@dataclass(frozen=True, slots=True)
class Crowd:
    """All pages alike, with so many times the usual `visits`; by page the visits with a signal, and those that were expected."""

    visits: float
    observed: Mapping[str | None, float]
    expected: Mapping[str | None, float]

    def beside(self, page: str) -> tuple[float, float]:
        """How many times what is expected the other pages have, and the relative variance of that: no page excuses itself."""
        observed = sum(self.observed.values()) - self.observed.get(page, 0.0)
        expected = sum(self.expected.values()) - self.expected.get(page, 0.0)
        return (observed / expected, 1 / observed) if observed and expected else (1.0, 0.0)


class Mix:
    """All lanes of one business."""

    def __init__(self, lanes: Mapping[str, Cells]) -> None:
        self._lanes = lanes
        self._rates: dict[tuple[object, ...], Rates] = {}
        self._told: dict[tuple[object, ...], _Told | None] = {}
        self._crowds: dict[tuple[object, ...], Crowd | None] = {}
        self._visits: list[int] = lanes[PAGES_BY].visits.sum(axis=1).tolist() if PAGES_BY in lanes else []
        self._sides = {name: (_ones(each.urls), _ones(each.values)) for name, each in lanes.items()}

    def standard(
        self, signal: str, page: str | None, *, first: date, length: int, last: date, at_once: int = BLOCK
    ) -> Standard | None:
        """What the visits of the dates from `first` to `last` are worth by the rates of the first `length` of them.

        Of the whole site, or of a page; None where no lane tells of it. So many neighbouring dates are worked out `at_once`.
        """
        span = (last - first).days + 1
        answers = ((name, self._of(name, signal, page, first, length, span, at_once)) for name in self._lanes)
        found = {name: told for name, told in answers if told is not None}
        if not found:
            return None
        name, (told, row) = max(found.items(), key=lambda each: (_surely(*each[1]), each[0]))
        doubts = np.max([each.doubts[row] for each, row in found.values()], axis=0)
        known = told.factors[row].tolist()
        if page is not None:
            for number in range(length, len(known)):
                day = first + timedelta(days=number)
                if (crowd := self.crowd(signal, first=first, length=length, day=day)) is not None:
                    times, variance = crowd.beside(page)
                    known[number] *= max(1.0, times)
                    doubts[number - length] += variance
        return Standard(first, known, [0.0] * length + doubts.tolist(), name)

    def crowd(self, signal: str, *, first: date, length: int, day: date) -> Crowd | None:
        """The audience that nothing tells apart, on a day with far more or fewer visits than its weekday had; None without.

        A day is one of it where all pages move alike, by what their mix leads one to expect.
        """
        cells = self._lanes.get(PAGES_BY)
        if cells is None:
            return None
        visits = self._visits_times(cells, first, length, day)
        if visits is None or not _is_crowd(visits):
            return None
        key = (signal, first, length, day)
        if key not in self._crowds:
            self._crowds[key] = self._crowd(cells, signal, first, length, day, visits)
        return self._crowds[key]

    def _visits_times(self, cells: Cells, first: date, length: int, day: date) -> float | None:
        """Its visits to the mean of the baseline's same weekdays."""
        place = (day - cells.first).days
        begin = (first - cells.first).days
        same = [
            number for number in range(begin, begin + length) if (place - number) % 7 == 0 and 0 <= number < len(self._visits)
        ]
        usual = sum(self._visits[number] for number in same)
        return self._visits[place] * len(same) / usual if usual and 0 <= place < len(self._visits) else None

    def _crowd(self, cells: Cells, signal: str, first: date, length: int, day: date, visits: float) -> Crowd | None:
        standard = self.standard(signal, None, first=first, length=length, last=day)
        place = (day - cells.first).days
        begin = (first - cells.first).days
        days = _slice(cells.visits, begin, length)
        pages, values = self._sides[PAGES_BY]
        known = rates(
            days.sum(axis=0)[None], _slice(cells.hits[signal], begin, length).sum(axis=0)[None], pages=pages, values=values
        )
        by_page, usual = cells.visits[place] @ pages, days.sum(axis=0) @ pages / length
        busiest = int(np.argmax(by_page - usual * visits))
        rest = np.delete(usual, busiest).sum()
        if not rest or not _is_crowd(float(np.delete(by_page, busiest).sum() / rest)):
            return None  # a page of its own has them
        expected = (cells.visits[place] * known.rate[0]) @ pages
        if standard is not None and standard.lane != PAGES_BY:  # what the other lane says of the whole is so of every page
            alone = self._of(PAGES_BY, signal, None, first, length, (day - first).days + 1)
            expected = expected * standard.factors[-1] / (alone[0].factors[alone[1]][-1] if alone else 1.0)
        observed = cells.hits[signal][place] @ pages
        if moved_alike(observed.tolist(), expected.tolist()) is None:
            return None
        names = list(dict.fromkeys(cells.urls))
        return Crowd(visits, dict(zip(names, observed.tolist(), strict=True)), dict(zip(names, expected.tolist(), strict=True)))

    def _of(
        self, name: str, signal: str, page: str | None, first: date, length: int, span: int, at_once: int = BLOCK
    ) -> tuple[_Told, int] | None:
        """A lane's answer and its row there, worked out for a block of days at once."""
        cells = self._lanes[name]
        place = (first - cells.first).days
        begin = place - place % at_once
        asked = min(at_once, len(cells.visits) - span + 1 - begin)
        if not 0 <= place - begin < asked:
            begin, asked = place, 1
        key = (name, signal, page, length, span, begin, asked)
        if key not in self._told:
            self._told[key] = self._work_out(name, signal, page, begin, asked, length, span)
        told = self._told[key]
        return None if told is None else (told, place - begin)

    def _work_out(self, name: str, signal: str, page: str | None, begin: int, asked: int, length: int, span: int) -> _Told | None:
        cells = self._lanes[name]
        places = cells.places(page)
        if not places:
            return None
        days = _slice(cells.visits, begin, asked + span - 1)
        pages, values = self._sides[name]
        rated = (name, signal, length, begin, asked)
        known = self._rates.get(rated)
        if known is None:
            hits = _slice(cells.hits[signal], begin, asked + length - 1)
            known = rates(_windows(days, asked, length), _windows(hits, asked, length), pages=pages, values=values)
            self._rates[rated] = known
        if page is not None:
            known, days = known.of(places), days[:, places]
            pages, values = pages[places], values[places]
        told = factors(known, _windows(days, asked, length), days)
        rows = np.arange(asked)[:, None]
        doubts = np.zeros((asked, span - length))
        for number in range(length, span):
            doubts[:, number - length] = doubt(known, days[number : number + asked], pages=pages, values=values)
        return _Told(told[rows, rows + np.arange(span)], doubts)


def _is_crowd(visits: float) -> bool:
    return not 1 / CROWD < visits < CROWD


def _surely(told: _Told, row: int) -> float:
    """How far the last day's factor is from 1, less one standard deviation."""
    variance = told.doubts[row][-1] if told.doubts.shape[1] else 0.0
    return float(abs(np.log(told.factors[row][-1])) - np.sqrt(variance))


def _slice(values: NDArray[Any], begin: int, days: int) -> Floats:
    """So many days from a place on, days x C; nothing where none is known."""
    found = np.zeros((days, values.shape[1]))
    low, high = max(0, begin), min(len(values), begin + days)
    if high > low:
        found[low - begin : high - begin] = values[low:high]
    return found


def _windows(days: Floats, asked: int, length: int) -> Floats:
    """Sums of so many days from each of the first `asked` on."""
    sums = np.concatenate((np.zeros((1, days.shape[1])), np.cumsum(days, axis=0)))
    return np.asarray(sums[length : length + asked] - sums[:asked])


def _ones(names: Sequence[str | None]) -> Floats:
    """Which cell has which name, C x names."""
    different = list(dict.fromkeys(names))
    found = np.zeros((len(names), len(different)))
    found[np.arange(len(names)), [different.index(name) for name in names]] = 1.0
    return found
