"""Under which keys the rows of a metric hold fields and dimensions, and which tuple each row is of. Called by `metric_rows`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from clarity_pipeline.clarity.dimensions import Dimension, Slice
from clarity_pipeline.clarity.groups import Metric
from clarity_pipeline.clarity.losses import kind_of
from clarity_pipeline.clarity.wire import folded

Key = tuple[str | None, ...]
"""A row's dimension values as sent, in the slice's order; null is a value (`docs/clarity-api.md#rows`)."""

Row = dict[str, Any]

_ABSENT = object()
_AMBIGUOUS = object()


@dataclass(frozen=True, slots=True)
class Spelled:
    """The keys of some rows by our name of what they hold, the preferred spelling first; `others` hold nothing that we know."""

    by_name: dict[str, list[list[str]]]
    others: list[str]

    @classmethod
    def of(cls, rows: Iterable[Row], *, metric: Metric, asked: Slice) -> "Spelled":
        """Names are compared by letters and digits, so that case, spaces and signs do not count."""
        names: set[str] = set().union(*rows)
        alike: dict[str, list[str]] = {}
        for key in sorted(names):
            alike.setdefault(folded(key), []).append(key)
        meant = [(dimension.name, dimension.spellings) for dimension in asked.dimensions]
        meant += [(field.name, (field.name, *field.also)) for field in metric.fields]
        found: dict[str, list[list[str]]] = {}
        for name, spellings in meant:
            known = found.setdefault(name, [])
            known += [keys for spelling in spellings if (keys := alike.get(folded(spelling))) is not None and keys not in known]
        used = {key for keys in found.values() for group in keys for key in group}
        return cls(found, sorted(names - used))

    def column(self, rows: list[Row], name: str, *, absent: object = None) -> list[Any]:
        """One value a row; of two spellings in a row the preferred. Keys that differ in case or signs alone have to agree."""
        spellings = self.by_name.get(name, [])
        if len(spellings) == 1 and len(spellings[0]) == 1:
            spelling = spellings[0][0]
            return [row.get(spelling, absent) for row in rows]
        return [_first(row, spellings, absent) for row in rows]


def _first(row: Row, spellings: list[list[str]], absent: object) -> Any:
    for alike in spellings:
        values = [row[key] for key in alike if key in row]
        if values:
            return values[0] if all(value == values[0] for value in values[1:]) else _AMBIGUOUS
    return absent


@dataclass(frozen=True, slots=True)
class Keyed:
    """The tuple of each row that has one, the places of these rows (None is all of them), and what is wrong with the others."""

    keys: list[Key]
    places: list[int] | None
    why_not: list[str]


def keyed(rows: list[Row], spelled: Spelled, *, asked: Slice) -> Keyed:
    """A row that lacks a requested dimension, or holds no text there, is of no tuple."""
    columns = [spelled.column(rows, dimension.name, absent=_ABSENT) for dimension in asked.dimensions]
    if not columns:
        return Keyed([()] * len(rows), None, [])
    if all(set(map(type, values)) <= {str, type(None)} for values in columns):
        return Keyed(list(zip(*columns, strict=True)), None, [])
    keys: list[Key] = []
    places: list[int] = []
    why_not: list[str] = []
    for place, key in enumerate(zip(*columns, strict=True)):
        if wrong := next(_wrong(asked.dimensions, key), None):
            why_not.append(wrong)
        else:
            keys.append(key)
            places.append(place)
    return Keyed(keys, places, why_not)


def _wrong(dimensions: tuple[Dimension, ...], key: tuple[Any, ...]) -> Iterator[str]:
    for dimension, value in zip(dimensions, key, strict=True):
        if value is _ABSENT:
            yield f"without {dimension.parameter}"
        elif value is _AMBIGUOUS:
            yield f"with two different values of {dimension.parameter}"
        elif type(value) not in (str, type(None)):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            yield f"with {'a number' if number else kind_of(value)} as {dimension.parameter}"


def is_ambiguous(value: Any) -> bool:
    """Whether a row said two things under one name."""
    return value is _AMBIGUOUS
