"""Bytes of a 200 to checked metric groups, or one line that says why they are not an answer to what was asked.

`capture` parses as soon as the bytes are in the vault, and the normalising assets parse them again from there; nothing else
reads the wire. What would become silent wrong data is refused (the bytes stay kept, nothing of them is loaded); what is merely
new or untidy is accepted and named. Values on the wire belong to visitors: no message and no name here ever holds one.

Where the reference leaves it open: a metric sent twice is refused, since adding up would count it twice; a byte order mark,
`"12.0"` as a count and a null in place of any number are accepted; a percentage of 250 is accepted here, for a range check to
see; of two spellings of one field in a row the wire's own wins over the documentation's.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from clarity_pipeline.clarity.damage import Damage
from clarity_pipeline.clarity.dimensions import ROW_CAP, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed, MobileAppProject
from clarity_pipeline.clarity.groups import Field, Kind, Metric
from clarity_pipeline.clarity.strict_json import JsonRefused, decode
from clarity_pipeline.clarity.wire import METRIC_BY_SPELLING, METRICS, MOBILE_FIELDS, MOBILE_METRICS, folded

Key = tuple[str | None, ...]
"""A row's dimension values as sent, in the slice's order; null is a value (`docs/clarity-api.md#rows`)."""

Row = dict[str, Any]
Number = int | float

_LARGEST = 2**63 - 1
_COUNT_TEXT = re.compile(r"[0-9]{1,19}(?:\.0+)?")
_NUMBER_TEXT = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_UNSHOWN = re.compile(r"[^A-Za-z0-9_ ./-]")
_NAMES_KEPT = 20
_NAME_LENGTH = 40
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one metric: as sent, and beside them, index by index, their keys and their checked numbers.

    A metric that we do not know has no numbers, and no keys either unless each of its rows carries the dimensions.
    """

    metric: str
    rows: list[Row]
    keys: list[Key]
    numbers: dict[str, list[Number | None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer to `asked`: its groups by metric name. Every name is fit for a log: known, or cleaned and clipped."""

    asked: Slice
    groups: dict[str, Group]
    unknown_metrics: tuple[str, ...]
    unknown_fields: tuple[str, ...]
    damage: tuple[Damage, ...] = ()
    """What could not be read of it, and is NULL."""

    @property
    def row_counts(self) -> dict[str, int]:
        """Rows by metric, unknown ones too."""
        return {name: len(group.rows) for name, group in self.groups.items()}

    @property
    def capped_metrics(self) -> tuple[str, ...]:
        """Metrics with 1,000 rows or more: Clarity cut them, silently and in no known order (`docs/clarity-api.md#cap`)."""
        return tuple(name for name, rows in self.row_counts.items() if rows >= ROW_CAP)

    @property
    def missing_metrics(self) -> tuple[str, ...]:
        """What this question is answered with by rule and was not: of nine metrics with dimensions, of sixteen without."""
        expected = [metric.name for metric in METRICS.values() if not (metric.listed and self.asked.dimensions)]
        return tuple(name for name in expected if name not in self.groups)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Everything that was sent and that we do not know, for metadata."""
        return self.unknown_metrics + self.unknown_fields


def parse(body: bytes, *, asked: Slice) -> Answer:
    """Check the bytes against the question; raise `AnswerMalformed`."""
    try:
        envelope = decode(body)
    except JsonRefused as refusal:
        raise _malformed(str(refusal)) from None
    groups: dict[str, Group] = {}
    unknown_metrics: list[str] = []
    unknown_fields: list[str] = []
    sent_groups = list(_sent_groups(envelope))
    _refuse_mobile_app(sent_groups)
    for sent_name, rows in sent_groups:
        metric = METRIC_BY_SPELLING.get(folded(sent_name))
        if metric is None:
            metric = Metric(_shown(sent_name), fields=())
            unknown_metrics.append(metric.name)
        elif metric.name in groups:
            raise _malformed(f"holds the metric {metric.name} twice")
        names: set[str] = set().union(*rows)
        if _twice(names) and any(_twice(row) for row in rows):
            raise _malformed(f"has a row of {metric.name} with two keys that differ only in case")
        spelled = _spelled(names, metric=metric, asked=asked)
        if metric.fields:
            unknown_fields += (f"{metric.name}.{_shown(name)}" for name in sorted(names.difference(*spelled.values())))
        groups[metric.name] = _group(metric, rows, spelled=spelled, asked=asked)
    filled = [group for group in groups.values() if group.rows]
    if filled and not any(group.keys for group in filled):
        raise _malformed("has no row with the requested dimensions, so Clarity answered another question")
    return Answer(
        asked=asked, groups=groups, unknown_metrics=_first_few(unknown_metrics), unknown_fields=_first_few(unknown_fields)
    )


def _refuse_mobile_app(sent: list[tuple[str, list[Row]]]) -> None:
    """By a metric of its own, or by a field of Traffic; a site that is asked about sends neither."""
    names = {folded(name): name for name in MOBILE_METRICS}
    fields = {folded(name): name for name in MOBILE_FIELDS}
    found = [names[folded(name)] for name, _ in sent if folded(name) in names]
    found += [fields[folded(key)] for _, rows in sent for key in (rows[0] if rows else ()) if folded(key) in fields]
    if found:
        raise MobileAppProject(f"the answer is a mobile app's, it speaks of {found[0]}", vocabulary=found[0])


def _malformed(what: str) -> AnswerMalformed:
    return AnswerMalformed(f"the answer {what}; it is kept as it came, and nothing of it is loaded", http_status=200)


def _sent_groups(envelope: Any) -> Iterator[tuple[str, list[Row]]]:
    if not isinstance(envelope, list):
        raise _malformed("is not an array of metrics")
    for element in envelope:
        if not isinstance(element, dict) or not isinstance(name := element.get("metricName"), str):
            raise _malformed("holds an element that is not a metric with a metricName")
        rows = element.get("information")
        if not isinstance(rows, list) or not all(type(row) is dict for row in rows):
            raise _malformed(f"holds a metric, {_shown(name)}, whose information is not an array of rows")
        yield name, rows


def _twice(names: Iterable[str]) -> bool:
    lowered = [name.lower() for name in names]
    return len(set(lowered)) < len(lowered)


def _spelled(names: Iterable[str], *, metric: Metric, asked: Slice) -> dict[str, list[str]]:
    """The keys under which these rows hold each field and each dimension, by our name of it, the preferred spelling first."""
    meant = {folded(dimension.row_key): dimension.name for dimension in asked.dimensions}
    meant |= {folded(spelling): field.name for field in metric.fields for spelling in (field.name, *field.also)}
    sent = [(folded(key), key) for key in sorted(names)]
    found: dict[str, list[str]] = {}
    for spelling, name in meant.items():
        found.setdefault(name, []).extend(key for compared, key in sent if compared == spelling)
    return found


def _group(metric: Metric, rows: list[Row], *, spelled: dict[str, list[str]], asked: Slice) -> Group:
    columns = [_column(rows, spelled[dimension.name], absent=_ABSENT) for dimension in asked.dimensions]
    for dimension, values in zip(asked.dimensions, columns, strict=True):
        if set(map(type, values)) <= {str, type(None)}:
            continue
        if metric.fields:
            raise _malformed(
                f"has rows of {metric.name} whose {dimension.parameter}, a requested dimension, is missing or no text"
            )
        return Group(metric=metric.name, rows=rows, keys=[], numbers={})
    keys: list[Key] = list(zip(*columns, strict=True)) if columns else [()] * len(rows)
    numbers = {
        field.name: _numbers(_column(rows, spelled[field.name], absent=None), field=field, metric=metric)
        for field in metric.fields
        if field.kind != "text"
    }
    return Group(metric=metric.name, rows=rows, keys=keys, numbers=numbers)


def _column(rows: list[Row], spellings: list[str], *, absent: object) -> list[Any]:
    """One value a row, by whichever spelling the row has."""
    if len(spellings) == 1:
        spelling = spellings[0]
        return [row.get(spelling, absent) for row in rows]
    return [next((row[spelling] for spelling in spellings if spelling in row), absent) for row in rows]


def _numbers(values: list[Any], *, field: Field, metric: Metric) -> list[Number | None]:
    read, plain, what = _READERS[field.kind]
    if set(map(type, values)) <= plain and (field.kind == "number" or not values or min(values) >= 0):
        return values  # as nearly every column is, and four times faster than asking each value
    try:
        return [None if value is None else read(value) for value in values]
    except ValueError:
        raise _malformed(f"has a {field.name} of {metric.name} that is not {what}") from None


def _count(value: Any) -> int:
    if isinstance(value, str) and _COUNT_TEXT.fullmatch(value):
        value = int(value.partition(".")[0])
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST or value != int(value):
        raise ValueError
    return int(value)


def _number(value: Any) -> Number:
    if isinstance(value, str) and _NUMBER_TEXT.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
        raise ValueError
    return value


def _seconds(value: Any) -> Number:
    seconds = _number(value)
    if seconds < 0:
        raise ValueError
    return seconds


_READERS: dict[Kind, tuple[Callable[[Any], Number], set[type], str]] = {
    "count": (_count, {int}, "a whole number from 0 on, of at most 64 bits"),
    "seconds": (_seconds, {int, float}, "a number from 0 on"),
    "number": (_number, {int, float, type(None)}, "a number"),
}


def _shown(name: str) -> str:
    """A name from outside, fit for a log: no letter that could carry an address, and not long."""
    return _UNSHOWN.sub("?", name[:_NAME_LENGTH])


def _first_few(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))[:_NAMES_KEPT]
