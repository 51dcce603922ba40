"""The array of an answer to what it holds of each metric: its rows as sent, or why it has none that could be used.

A metric is known by `metricName` and `information`, to the letter; what is spelled otherwise is named and not guessed at, nor is
a metric that comes twice and differs, since adding up would count it twice. Called by `answer`.
"""

from dataclasses import dataclass
from typing import Any

from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.groups import Metric
from clarity_pipeline.clarity.losses import READ_ONCE, Losses, kind_of
from clarity_pipeline.clarity.names import named, shown
from clarity_pipeline.clarity.row_keys import Row
from clarity_pipeline.clarity.wire import METRIC_BY_SPELLING, folded


@dataclass(frozen=True, slots=True)
class Sent:
    """A metric that we know, or one with a cleaned name and no fields, and its rows; `placeless` of them are no objects."""

    metric: Metric
    rows: list[Row]
    placeless: int = 0


def metrics_of(envelope: list[Any], losses: Losses, *, asked: Slice) -> tuple[dict[str, Sent], tuple[str, ...]]:
    """What was sent by our name of it, and the names of metrics that we do not know."""
    copies: dict[str, list[tuple[Metric, Any]]] = {}
    unknown: list[str] = []
    for number, element in enumerate(envelope, start=1):
        name, information = _named(element)
        if name is None:
            losses.metric(f"element {number}", f"without a metricName, {_keys_of(element)}", rows=_length(information))
            continue
        metric = METRIC_BY_SPELLING.get(folded(name))
        if metric is None:
            metric = Metric(shown(name), fields=())
            unknown.append(metric.name)
        copies.setdefault(metric.name, []).append((metric, information))
    sent = {name: _one(found, losses, asked=asked) for name, found in copies.items()}
    return {name: each for name, each in sent.items() if each is not None}, tuple(dict.fromkeys(unknown))


def _named(element: Any) -> tuple[str | None, Any]:
    """Name and rows of an element; one whose keys are spelled otherwise has a name, and no rows that may be read."""
    if not isinstance(element, dict):
        return None, None
    name = element.get("metricName")
    if isinstance(name, str):
        return name, element.get("information", _Misspelled(_keys_of(element)))
    said = next((value for key, value in element.items() if folded(key) == "metricname"), None)
    return (said, _Misspelled(_keys_of(element))) if isinstance(said, str) else (None, element.get("information"))


@dataclass(frozen=True, slots=True)
class _Misspelled:
    """In place of rows: the element has none under the key that they come under."""

    keys: str


def _keys_of(element: Any) -> str:
    if not isinstance(element, dict):
        return kind_of(element)
    return "its keys are " + named(element) if element else "an empty object"


def _length(information: Any) -> int:
    return len(information) if isinstance(information, list) else 0


def _one(copies: list[tuple[Metric, Any]], losses: Losses, *, asked: Slice) -> Sent | None:
    """The one metric that these are, None where it cannot be used. What was not asked for may have any shape."""
    metric = copies[0][0]
    if not metric.fields or (metric.listed and asked.dimensions):
        rows = [row for _, information in copies if isinstance(information, list) for row in information]
        return Sent(metric, [row for row in rows if type(row) is dict], sum(type(row) is not dict for row in rows))
    arrays = [information for _, information in copies if isinstance(information, list)]
    if not arrays:
        information = copies[0][1]
        what = information.keys if isinstance(information, _Misspelled) else f"{kind_of(information)} in place of its rows"
        losses.metric(metric.name, what)
        return None
    if any(not _same(arrays[0], other) for other in arrays[1:]):
        losses.metric(metric.name, "sent twice, with different rows", rows=sum(map(len, arrays)))
        return None
    if len(copies) > 1:
        losses.rows(metric.name, [READ_ONCE] * max(len(arrays[0]), 1))
    if set(map(type, arrays[0])) <= {dict}:
        return Sent(metric, arrays[0])
    losses.rows(metric.name, (f"{kind_of(row)} in place of a row" for row in arrays[0] if type(row) is not dict))
    rows = [row for row in arrays[0] if type(row) is dict]
    return Sent(metric, rows, len(arrays[0]) - len(rows))


def _same(rows: list[Any], other: list[Any]) -> bool:
    """In any order; the wire has three of them in one answer."""
    return len(rows) == len(other) and sorted(map(repr, rows)) == sorted(map(repr, other))
