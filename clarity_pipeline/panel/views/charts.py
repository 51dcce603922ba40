"""Numbers to inline SVG: sparklines, days, shares and slots of a grid. Pure; called by `dashboard` and `listing`.

A chart has no style of its own (the panel's policy forbids it): shapes carry classes and the stylesheet colours them. It has no
text but its title and description, so that it may be stretched to any width; whoever draws one puts its numbers in a
table beside it. A day without data is a gap, never a zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from markupsafe import Markup

_HEIGHT = 100.0
_DAY_WIDTH = 10
_HEADROOM = 1.08
_DOT = "h0"
"""A line of no length: with round ends it is a dot that stays round however the chart is stretched."""

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Point:
    """One day of a chart: its value, None without data, and what is said when it is pointed at.

    `is_doubtful`: what it says is known to lack something. `is_alerted`: an alert was open.
    """

    day: date
    value: Value
    label: str
    is_doubtful: bool = False
    is_alerted: bool = False


def sparkline(values: Sequence[Value], *, title: str) -> Markup:
    """A line as wide as the text beside it; the last value is a dot."""
    top = _top(values)
    runs = list(_runs(values))
    shapes = [f'<path class="line" d="{_line(run, top)}"/>' for run in runs]
    shapes += [f'<path class="dot" d="{_line(run[-1:], top)}"/>' for run in runs[-1:]]
    width = max(len(values), 1) * _DAY_WIDTH
    return svg("sparkline", said=title, width=width, height=_HEIGHT, content="".join(shapes))


def days(points: Sequence[Point], *, title: str, description: str, marks: Sequence[tuple[date, str]] = ()) -> Markup:
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
        shapes += _signs(place, point)
        shapes.append(
            f'<rect class="{kind}" x="{place * _DAY_WIDTH}" width="{_DAY_WIDTH}" height="{_HEIGHT:g}">'
            f"<title>{escape(label)}</title></rect>"
        )
    said = f"{title}. {description}" if description else title
    return svg("days", said=said, width=max(len(values), 1) * _DAY_WIDTH, height=_HEIGHT, content="".join(shapes))


def highest(points: Sequence[Point]) -> Value:
    """The value of the upper of the two lines that a chart of days is read by; the other is half of it."""
    return max((point.value for point in points if point.value is not None), default=None)


def _signs(place: int, point: Point) -> Iterator[str]:
    """Hatching, and a bar at the top while an alert was open: told apart by their shape."""
    left = place * _DAY_WIDTH
    if point.is_doubtful:
        steps = (f"M{left + each * _DAY_WIDTH / 3:g} {_HEIGHT:g}L{left + (each + 1) * _DAY_WIDTH / 3:g} 0" for each in range(3))
        yield f'<path class="doubt" d="{"".join(steps)}"/>'
    if point.is_alerted:
        yield f'<path class="alerted" d="M{left} 1H{left + _DAY_WIDTH}"/>'


def share(part: float, whole: float) -> Markup:
    """A bar that says how much of `whole` is `part`; hidden from screen readers, which have the number beside it."""
    width = 0.0 if whole <= 0 else max(0.0, min(1.0, part / whole)) * 100
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="8"/><rect class="part" width="{}" height="8"/></svg>'
    ).format(f"{width:.2f}")


def svg(kind: str, *, said: str, width: int, height: float, content: str) -> Markup:
    """One chart for a page. `content` is shapes of numbers, in which all text is escaped; `said` is what it tells in words."""
    return Markup(
        '<svg class="chart {}" role="img" aria-label="{}" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none" focusable="false">{}</svg>'
    ).format(kind, said, width, f"{height:g}", Markup(content))  # noqa: S704 - as said above


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
