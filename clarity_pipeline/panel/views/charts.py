"""Numbers to inline SVG: sparklines, days, shares and slots of a grid. Pure; called by `dashboard` and `listing`.

A chart has no style of its own (the panel's policy forbids it): shapes carry classes and the stylesheet colours them. It has no
text but its title and description, so that it may be stretched to any width; whoever draws one puts its numbers in a
table beside it. A day without data is a gap, never a zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

_HEIGHT = 100.0
_DAY_WIDTH = 10
_HEADROOM = 1.08
_DOT = "h0"
"""A line of no length: with round ends it is a dot that stays round however the chart is stretched."""

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Point:
    """One day of a chart: its value, None without data, and what is said when it is pointed at."""

    day: date
    value: Value
    label: str


def sparkline(values: Sequence[Value], *, title: str) -> str:
    """A line as wide as the text beside it; the last value is a dot."""
    top = _top(values)
    runs = list(_runs(values))
    shapes = [f'<path class="line" d="{_line(run, top)}"/>' for run in runs]
    shapes += [f'<path class="dot" d="{_line(run[-1:], top)}"/>' for run in runs[-1:]]
    return _svg("sparkline", title=title, description="", content="".join(shapes), count=len(values))


def days(points: Sequence[Point], *, title: str, description: str, marks: Sequence[tuple[date, str]] = ()) -> str:
    """A line over days with the area below it; each day can be pointed at, and has its label there.

    `marks` are dates of changes with what was changed, drawn as upright lines; the label of their day says them too.
    """
    values = [point.value for point in points]
    top = _top(values)
    shapes = [
        f'<path class="grid" d="M0 {_y(top * share / _HEADROOM, top)}H{len(values) * _DAY_WIDTH}"/>' for share in (0.5, 1.0)
    ]
    for run in _runs(values):
        shapes.append(f'<path class="area" d="{_area(run, top)}"/>')
        shapes.append(f'<path class="{"line" if len(run) > 1 else "line dot"}" d="{_line(run, top)}"/>')
    shapes.append(f'<path class="base" d="M0 {_HEIGHT:g}H{len(values) * _DAY_WIDTH}"/>')
    notes: dict[date, list[str]] = {}
    for on, note in marks:
        notes.setdefault(on, []).append(note)
    for place, point in enumerate(points):
        if point.day in notes:
            shapes.append(f'<path class="mark" d="M{_x(place)} 0V{_HEIGHT:g}"/>')
        label = "; ".join([point.label, *notes.get(point.day, ())])
        kind = "day" if point.value is not None else "day missing"
        shapes.append(
            f'<rect class="{kind}" x="{place * _DAY_WIDTH}" width="{_DAY_WIDTH}" height="{_HEIGHT:g}">'
            f"<title>{escape(label)}</title></rect>"
        )
    return _svg("days", title=title, description=description, content="".join(shapes), count=len(values))


def share(part: float, whole: float) -> str:
    """A bar that says how much of `whole` is `part`; hidden from screen readers, which have the number beside it."""
    width = 0.0 if whole <= 0 else max(0.0, min(1.0, part / whole)) * 100
    return (
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<rect class="track" width="100" height="8"/><rect class="part" width="{width:.2f}" height="8"/></svg>'
    )


def _svg(kind: str, *, title: str, description: str, content: str, count: int) -> str:
    said = f"{title}. {description}" if description else title
    return (
        f'<svg class="chart {kind}" role="img" aria-label="{escape(said)}"'
        f' viewBox="0 0 {max(count, 1) * _DAY_WIDTH} {_HEIGHT:g}" preserveAspectRatio="none" focusable="false">{content}</svg>'
    )


def _runs(values: Sequence[Value]) -> Iterator[list[tuple[int, float]]]:
    """Stretches of days that have data."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is not None:
            run.append((place, float(value)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _line(run: Sequence[tuple[int, float]], top: float) -> str:
    steps = "L".join(f"{_x(place)} {_y(value, top)}" for place, value in run)
    return f"M{steps}" if len(run) > 1 else f"M{steps}{_DOT}"


def _area(run: Sequence[tuple[int, float]], top: float) -> str:
    steps = "L".join(f"{_x(place)} {_y(value, top)}" for place, value in run)
    return f"M{_x(run[0][0])} {_HEIGHT:g}L{steps}L{_x(run[-1][0])} {_HEIGHT:g}Z"


def _x(place: int) -> str:
    return f"{place * _DAY_WIDTH + _DAY_WIDTH / 2:g}"


def _y(value: float, top: float) -> str:
    return f"{_HEIGHT - value / top * _HEIGHT:.4g}"


def _top(values: Sequence[Value]) -> float:
    """The value at the upper edge."""
    return max((float(value) for value in values if value is not None), default=0.0) * _HEADROOM or 1.0
