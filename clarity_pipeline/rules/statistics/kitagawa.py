"""Which part of a rate's change is its visits' mix and which is their rates, and who carries it. Pure.

Kitagawa, Evelyn M. (1955), Components of a difference between two rates, Journal of the American Statistical Association
50 (272), 1168-1194; economists know it as shift-share. Cells part all visits of one lane. With the shares of visits w0, w1 and
the rates r0, r1 of a cell before and now, the rate of all is R = sum of w x r, and

    R1 - R0 = sum of  (w0 + w1) / 2 x (r1 - r0)     rate: the same visitors fare otherwise
            + sum of  (r0 + r1) / 2 x (w1 - w0)     mix: other visitors, who always fared so

exactly. A cell that was hardly there before has no rate of then: its split is by the rate of now, w0 x (r1 - r0) and
r1 x (w1 - w0), so that a new campaign is mix; one that has vanished likewise by that of before. The sum stays exact. A cell's own
part of the mix is told against the mean of both R, or whoever is merely large would carry it; that changes no sum, since the
shares add up to one.

What is divided by what: events by visits of pages, both of one lane. A reader of three pages is three visits, so pages are no
partition of sessions; each lane's cells are one of its page visits, and shares hold within a lane alone.

Uncertainty is the delta method for a ratio: shares of visits are taken as known, each cell's events as counts with variance
`dispersion` times their mean, and the change below the line moves with the part above it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OTHERS = "others"
LEAST_SHARE = 0.01
"""A cell with less of the visits both before and now is one of the others, whatever its rate: it can carry nothing that lasts."""

FEW_EVENTS = 5.0
MUCH_MORE = 4.0
"""Hardly there before: fewer events expected than tell a rate, and now so many times its share."""

NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class Cell:
    """One part of the visits of a lane: visits and events (or visits with one) before and now."""

    name: str
    visits_before: float
    events_before: float
    visits_now: float
    events_now: float


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the whole change, 1 is all of it; `low` and `high` are its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Part:
    """What one cell carries of the change, by its rate and its visits; `alike` is its share were all rates multiplied alike."""

    name: str
    rate: Share
    mix: Share
    alike: float
    visits: float
    """Those of now."""

    @property
    def share(self) -> float:
        """Of the whole change, by either way."""
        return self.rate.value + self.mix.value


@dataclass(frozen=True, slots=True)
class Split:
    """The rate of all before and now, the standard error of the change, and its parts, the largest first."""

    before: float
    now: float
    error: float
    rate: Share
    mix: Share
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A cell with its shares w, rates r, variances v of these, and `theta`, how far the mix is told by the rates of now."""

    cell: Cell
    w0: float
    w1: float
    r0: float
    r1: float
    v0: float
    v1: float
    theta: float


def split(cells: Sequence[Cell], *, dispersion: float = 1.0) -> Split | None:
    """The split of one lane; None without visits before and now, or where the rate has not changed at all."""
    visits_before, visits_now = sum(each.visits_before for each in cells), sum(each.visits_now for each in cells)
    if visits_before <= 0 or visits_now <= 0:
        return None
    before, now = sum(each.events_before for each in cells) / visits_before, sum(each.events_now for each in cells) / visits_now
    change = now - before
    if change == 0:
        return None
    merged = _with_others(cells, visits_before, visits_now)
    weighed = [_weigh(each, visits_before, visits_now, before, dispersion) for each in merged]
    variance = sum(each.w1**2 * each.v1 + each.w0**2 * each.v0 for each in weighed)

    def share(value: float, members: Sequence[_Weighed], of: Callable[[_Weighed], tuple[float, float]]) -> Share:
        own = together = 0.0
        for each in members:
            by_now, by_before = of(each)
            own += by_now**2 * each.v1 + by_before**2 * each.v0
            together += by_now * each.w1 * each.v1 - by_before * each.w0 * each.v0
        part = value / change
        spread = NORMAL_95 * math.sqrt(max(own - 2 * part * together + part**2 * variance, 0.0)) / abs(change)
        return Share(part, part - spread, part + spread)

    middle = (before + now) / 2
    expected = sum(_rate_weight(each) * each.r0 for each in weighed)
    parts = [
        Part(
            each.cell.name,
            rate=share(_rate_weight(each) * (each.r1 - each.r0), [each], _by_rate),
            mix=share((each.w1 - each.w0) * (_between(each) - middle), [each], _by_mix),
            alike=_rate_weight(each) * each.r0 / expected if expected else _rate_weight(each),
            visits=each.cell.visits_now,
        )
        for each in weighed
    ]
    return Split(
        before,
        now,
        math.sqrt(variance),
        rate=share(sum(_rate_weight(each) * (each.r1 - each.r0) for each in weighed), weighed, _by_rate),
        mix=share(sum((each.w1 - each.w0) * _between(each) for each in weighed), weighed, _by_mix),
        parts=tuple(sorted(parts, key=lambda part: (-part.share, part.name))),
    )


def _with_others(cells: Sequence[Cell], visits_before: float, visits_now: float) -> list[Cell]:
    large = [
        each for each in cells if each.visits_before >= LEAST_SHARE * visits_before or each.visits_now >= LEAST_SHARE * visits_now
    ]
    kept = set(map(id, large))
    rest = [each for each in cells if id(each) not in kept]
    if not rest:
        return large
    added = (sum(getattr(each, name) for each in rest) for name in Cell.__slots__ if name != "name")
    return [*large, Cell(OTHERS, *added)]


def _weigh(cell: Cell, visits_before: float, visits_now: float, rate: float, dispersion: float) -> _Weighed:
    w0, w1 = cell.visits_before / visits_before, cell.visits_now / visits_now
    r0 = cell.events_before / cell.visits_before if cell.visits_before else rate
    r1 = cell.events_now / cell.visits_now if cell.visits_now else r0
    is_new = cell.visits_before * rate < FEW_EVENTS and w1 > MUCH_MORE * w0
    is_gone = cell.visits_now * rate < FEW_EVENTS and w0 > MUCH_MORE * w1
    theta = 1.0 if is_new else 0.0 if is_gone else 0.5
    return _Weighed(
        cell,
        w0=w0,
        w1=w1,
        r0=r0,
        r1=r1,
        v0=_variance(cell.events_before, cell.visits_before, dispersion),
        v1=_variance(cell.events_now, cell.visits_now, dispersion),
        theta=theta,
    )


def _variance(events: float, visits: float, dispersion: float) -> float:
    """Of a rate; a cell without an event is no cell that cannot have one."""
    return dispersion * max(events, 1.0) / visits**2 if visits else 0.0


def _rate_weight(each: _Weighed) -> float:
    return each.theta * each.w0 + (1 - each.theta) * each.w1


def _between(each: _Weighed) -> float:
    return each.theta * each.r1 + (1 - each.theta) * each.r0


def _by_rate(each: _Weighed) -> tuple[float, float]:
    return _rate_weight(each), -_rate_weight(each)


def _by_mix(each: _Weighed) -> tuple[float, float]:
    moved = each.w1 - each.w0
    return moved * each.theta, moved * (1 - each.theta)
