"""What was lost on the way through an answer, counted while it is read: `Damage` is made of it at the end. For `answer.parse`."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from clarity_pipeline.clarity.damage import Damage, DamageCode
from clarity_pipeline.clarity.strict_json import Beyond64

READ_ONCE = "sent twice and read once"
"""Rows of a copy, which is the same and is not added up."""

_WHYS_SAID = 3

_Place = tuple[DamageCode, str, str | None]


class Losses:
    """Cells, rows and metrics that could not be read, by what stood there, in the order in which they were met."""

    def __init__(self) -> None:
        self._whys: dict[_Place, Counter[str]] = defaultdict(Counter)

    def cells(self, metric: str, field: str, whys: Iterable[str]) -> None:
        """Cells of one field of one metric, each with what stood there."""
        self._add(("cell_unreadable", metric, field), whys)

    def rows(self, metric: str, whys: Iterable[str]) -> None:
        """Rows that belong to no tuple, each with what was wrong with it."""
        self._add(("rows_unreadable", metric, None), whys)

    def metric(self, metric: str, why: str, *, rows: int = 0) -> None:
        """A whole metric, and how many rows it came with."""
        self._whys["metric_unreadable", metric, None][why] += rows

    def has_metric(self, metric: str) -> bool:
        """Whether the whole metric is lost."""
        return ("metric_unreadable", metric, None) in self._whys

    def of_metric(self, metric: str) -> str:
        """What is wrong with the metric as a whole or with rows of it; empty where nothing is."""
        codes: tuple[DamageCode, ...] = ("metric_unreadable", "rows_unreadable")
        wrong = [whys for code in codes if (whys := self._whys.get((code, metric, None))) and whys.keys() != {READ_ONCE}]
        return "; ".join(_said(whys) for whys in wrong)

    def of_cells(self, metric: str, field: str) -> str:
        """What stood in cells of the field that could not be read; empty where there is none."""
        whys = self._whys.get(("cell_unreadable", metric, field))
        return _said(whys) if whys else ""

    def said(self) -> str:
        """What is wrong with the first metric, and how many more are wrong, in a line."""
        wrong = [f"{metric} ({_said(whys)})" for (_, metric, _), whys in self._whys.items()]
        return "".join(wrong[:1]) + (f" and {len(wrong) - 1} more" if len(wrong) > 1 else "")

    def damage(self) -> tuple[Damage, ...]:
        """One piece a metric and field."""
        return tuple(
            Damage(code=code, metric=metric, field=field, cells=whys.total(), why=_said(whys))
            for (code, metric, field), whys in self._whys.items()
        )

    def _add(self, place: _Place, whys: Iterable[str]) -> None:
        if found := Counter(whys):
            self._whys[place] += found


def _said(whys: Counter[str]) -> str:
    if len(whys) == 1:
        return next(iter(whys))
    return ", ".join(f"{why} ({count})" for why, count in whys.most_common(_WHYS_SAID))


def kind_of(value: Any) -> str:
    """What a value is, for people; never the value, which may be a visitor's."""
    match value:
        case None:
            return "null or missing"
        case bool():
            return "true or false"
        case Beyond64():
            return "a number beyond 64 bits"
        case int() | float():
            return "a negative number" if value < 0 else "a number that is not whole"
        case str():
            return _kind_of_text(value)
        case list():
            return "a list"
    return "an object"


def _kind_of_text(text: str) -> str:
    if not text.strip():
        return "empty text"
    if any(letter.isdigit() for letter in text):
        if "%" in text:
            return "a percent sign"
        if "," in text:
            return "a comma in a number"
    return "text"
