"""A backtest as inline SVG: the number a day, the limit that moves with the normal, days that fired, days without an answer.

Pure; no style of its own, like `charts`. Beside each chart its page has a table of what was told, so nothing is in colour alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from clarity_pipeline.panel.views.wording import day, short_day
from clarity_pipeline.rules.engine.evidence import Outcome

_WIDTH = 10
_HEIGHT = 100.0
_SAID: dict[Outcome, str] = {"fired": "fires", "not": "does not fire", "unknown": "no answer"}


@dataclass(frozen=True, slots=True)
class ChartDay:
    """One day; `value` and `limit` in words for who points at it."""

    day: date
    outcome: Outcome | None
    value: float | None = None
    limit: float | None = None
    said: str = ""


def backtest_chart(days: Sequence[ChartDay], *, title: str, marks: Iterable[tuple[date, str]] = ()) -> str:
    """The chart; `marks` are changes that somebody marked, with their notes."""
    top = max((each for one in days for each in (one.value, one.limit) if each is not None), default=0.0) * 1.08 or 1.0
    shapes = [
        f'<rect class="said {one.outcome or "unasked"}" x="{place * _WIDTH}" width="{_WIDTH}" height="{_HEIGHT:g}"/>'
        for place, one in enumerate(days)
    ]
    shapes += [f'<path class="limit" d="{path}"/>' for path in _lines([one.limit for one in days], top)]
    shapes += [f'<path class="line" d="{path}"/>' for path in _lines([one.value for one in days], top)]
    shapes.append(f'<path class="base" d="M0 {_HEIGHT:g}H{len(days) * _WIDTH}"/>')
    places = {one.day: place for place, one in enumerate(days)}
    for on, note in marks:
        if on in places:
            x = places[on] * _WIDTH + _WIDTH / 2
            shapes.append(f'<path class="mark" d="M{x:g} 0V{_HEIGHT:g}"><title>{escape(f"{day(on)}: {note}")}</title></path>')
    for place, one in enumerate(days):
        told = f"{day(one.day)}: {one.said or _SAID.get(one.outcome or 'unknown', 'not asked')}"
        shapes.append(
            f'<rect class="day" x="{place * _WIDTH}" width="{_WIDTH}" height="{_HEIGHT:g}"><title>{escape(told)}</title></rect>'
        )
    box = f'viewBox="0 0 {max(len(days), 1) * _WIDTH} {_HEIGHT:g}" preserveAspectRatio="none" focusable="false"'
    said = escape(_described(title, days))
    return f'<svg class="chart days backtest" role="img" aria-label="{said}" {box}>{"".join(shapes)}</svg>'


def _described(title: str, days: Sequence[ChartDay]) -> str:
    counts = {outcome: sum(one.outcome == outcome for one in days) for outcome in _SAID}
    span = f", {short_day(days[0].day)} to {day(days[-1].day)}" if days else ""
    return f"{title}{span}: {counts['fired']} days fire, {counts['not']} do not, {counts['unknown']} without an answer"


def _lines(values: Sequence[float | None], top: float) -> Iterator[str]:
    run: list[str] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append(f"{place * _WIDTH + _WIDTH / 2:g} {_HEIGHT - max(value, 0.0) / top * _HEIGHT:.4g}")
        elif run:
            yield f"M{'L'.join(run)}" + ("" if len(run) > 1 else "h0")
            run = []
