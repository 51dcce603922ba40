"""The chart of an alert: what its rule saw day after day, against what it would have let pass. Called by `alert_view`.

Each day's look is that of the leaf which made the rule fire, as it was kept: its value, what was normal, and the limit beyond
which it fires. The band is what is on this side of the limit. A look without an answer is a gap, never a zero. The chart has no
text but titles, and may be stretched; the page puts the numbers in a table below it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

import sqlalchemy as sa
from markupsafe import Markup

from clarity_pipeline.panel.views.charts import svg
from clarity_pipeline.rules.engine.evidence import Evidence, Outcome
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.schema.rules import rule_evaluations

BEFORE = timedelta(days=21)
MOST = 90
"""Days; of an alert that lasts longer the last ones are shown."""

_WIDTH, _HEIGHT, _HEADROOM = 10, 100.0, 1.12


@dataclass(frozen=True, slots=True)
class Look:
    """What the rule said of a day, and what the leaf saw; `said` are its value, normal and limit as people write them."""

    day: date
    outcome: Outcome
    value: float | None
    normal: float | None
    limit: float | None
    is_above: bool
    sessions: int | None
    why: str | None
    said: tuple[str | None, str | None, str | None] = (None, None, None)

    @property
    def numbers(self) -> tuple[float | None, float | None, float | None]:
        """What is drawn, in the order of `said`."""
        return self.value, self.normal, self.limit


def looks_of(connection: sa.Connection, subject: Subject, leaf: Evidence | None, *, incident: Incident) -> list[Look]:
    """The looks from three weeks before it opened on, oldest first; a day that nobody looked at has none."""
    if leaf is None:
        return []
    table = rule_evaluations
    last = incident.resolved_on or incident.last_evaluated_on
    first = max(incident.opened_on - BEFORE, last - timedelta(days=MOST - 1))
    theirs = (table.c[key] == value for key, value in subject._asdict().items())
    asked = sa.select(table.c.date, table.c.outcome, table.c.reason, table.c.evidence)
    rows = connection.execute(asked.where(*theirs, table.c.date.between(first, last)).order_by(table.c.date))
    return [_look(row.date, row.outcome, row.reason, row.evidence, leaf) for row in rows]


def chart(looks: Sequence[Look], *, opened_on: date, marks: Mapping[date, str]) -> Markup:
    """The looks as inline SVG; empty where there is nothing to draw."""
    if not any(each.value is not None for each in looks):
        return Markup()
    first, count = looks[0].day, (looks[-1].day - looks[0].day).days + 1
    top = max(number for each in looks for number in each.numbers if number is not None) * _HEADROOM or 1
    scale = _Scale(first, top)
    shapes = [*_band(looks, scale), *_normal(looks, scale)]
    shapes += [f'<path class="grid" d="M0 {scale.y(top * each / _HEADROOM)}H{count * _WIDTH}"/>' for each in (0.5, 1.0)]
    shapes += [
        f'<path class="line" d="M{"L".join(scale.point(each.day, value) for each, value in run)}"/>' for run in _runs(looks)
    ]
    if first <= opened_on <= looks[-1].day:
        shapes.append(f'<path class="opened" d="M{scale.x(opened_on)} 0V{_HEIGHT:g}"/>')
    shapes += [f'<path class="mark" d="M{scale.x(day)} 0V{_HEIGHT:g}"/>' for day in marks if first <= day <= looks[-1].day]
    for each in looks:
        if each.value is not None:
            kind = "look fired" if each.outcome == "fired" else "look"
            shapes.append(f'<path class="{kind}" d="M{scale.point(each.day, each.value)}h0"/>')
    shapes.append(f'<path class="base" d="M0 {_HEIGHT:g}H{count * _WIDTH}"/>')
    known = {each.day: each for each in looks}
    for place in range(count):
        day = first + timedelta(days=place)
        shapes.append(_pointed_at(place, _label(day, known.get(day), marks.get(day)), known.get(day)))
    fired = sum(each.outcome == "fired" for each in looks)
    said = f"{len(looks)} looks from {first} to {looks[-1].day}, of which {fired} fired; the numbers are in the table below."
    return svg("days alert-chart", said=said, width=count * _WIDTH, height=_HEIGHT, content="".join(shapes))


def highest(looks: Sequence[Look]) -> str:
    """What is at the upper line of the chart, as people write it: the largest of all values, normals and limits."""
    known = [(number, said) for each in looks for number, said in zip(each.numbers, each.said, strict=True) if number is not None]
    return max(known, key=lambda each: each[0])[1] or "" if known else ""


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    top: float

    def x(self, day: date) -> str:
        return f"{(day - self.first).days * _WIDTH + _WIDTH / 2:g}"

    def y(self, value: float) -> str:
        return f"{_HEIGHT - max(value, 0.0) / self.top * _HEIGHT:.4g}"

    def point(self, day: date, value: float) -> str:
        return f"{self.x(day)} {self.y(value)}"


def _look(day: date, outcome: Outcome, reason: str | None, evidence: Sequence[Mapping[str, object]], leaf: Evidence) -> Look:
    same = next((each for each in evidence if each["path"] == leaf.path and each["metric"] == leaf.metric), None)
    if same is None:
        return Look(day, outcome, None, None, None, True, None, reason)
    saw = Evidence.model_validate(same)
    said = tuple(None if each is None else saw.say(each) for each in (saw.value, saw.normal, saw.threshold))
    return Look(
        day,
        outcome,
        saw.value,
        saw.normal,
        saw.threshold,
        saw.operator in ("above", "at_least"),
        saw.sessions,
        saw.note or (reason if outcome == "unknown" else None),
        (said[0], said[1], said[2]),
    )


def _band(looks: Sequence[Look], scale: _Scale) -> Iterator[str]:
    """What would not have fired, a block a day: up to the limit, or from it."""
    for each in looks:
        if each.limit is None:
            continue
        left, edge = (each.day - scale.first).days * _WIDTH, float(scale.y(each.limit))
        begins, high = (edge, _HEIGHT - edge) if each.is_above else (0.0, edge)
        yield f'<rect class="band" x="{left}" y="{begins:.4g}" width="{_WIDTH}" height="{max(high, 0.0):.4g}"/>'


def _normal(looks: Sequence[Look], scale: _Scale) -> Iterator[str]:
    for each in looks:
        if each.normal is not None:
            left = (each.day - scale.first).days * _WIDTH
            yield f'<path class="normal" d="M{left} {scale.y(each.normal)}h{_WIDTH}"/>'


def _runs(looks: Sequence[Look]) -> Iterator[list[tuple[Look, float]]]:
    """Stretches of days in a row that have a value."""
    run: list[tuple[Look, float]] = []
    for each in looks:
        if run and (each.value is None or each.day - run[-1][0].day > timedelta(days=1)):
            yield run
            run = []
        if each.value is not None:
            run.append((each, each.value))
    if run:
        yield run


def _label(day: date, look: Look | None, mark: str | None) -> str:
    changed = f". Changed: {mark}" if mark else ""
    if look is None:
        return f"{day}: nobody looked{changed}"
    value, normal, limit = look.said
    told = [value or "no answer", *([f"normal {normal}"] if normal else []), *([f"limit {limit}"] if limit else [])]
    fired = "; it fired" if look.outcome == "fired" else f"; {look.why}" if look.outcome == "unknown" and look.why else ""
    return f"{day}: {', '.join(told)}{fired}{changed}"


def _pointed_at(place: int, label: str, look: Look | None) -> str:
    kind = "day" if look is not None and look.value is not None else "day missing"
    title = f"<title>{escape(label)}</title>"
    return f'<rect class="{kind}" x="{place * _WIDTH}" width="{_WIDTH}" height="{_HEIGHT:g}">{title}</rect>'
