"""What the rows of an answer say: spellings, types, the cap, whether times are averages, and what is not known here."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from clarity_pipeline.clarity.dimensions import CONTRACT, ROW_CAP
from clarity_pipeline.clarity.groups import Field
from clarity_pipeline.clarity.strict_json import JsonRefused, decode
from clarity_pipeline.clarity.unknowns.finding import Finding, magnitude, quoted
from clarity_pipeline.clarity.wire import METRIC_BY_SPELLING, METRICS, folded

LEAST_ROWS = 30
"""Fewer rows with times and sessions do not tell an average from a total."""

LEAST_SPREAD = 5
"""And some of them need five times the sessions of others."""

AVERAGE_BELOW, TOTAL_ABOVE = 0.5, 0.75
"""Slope of log(time) over log(sessions): 0 for an average (a little more, since averages of few are lower), 1 for a total."""

Row = Mapping[str, Any]

Metrics = dict[str, list[Row]]
"""Rows by our name of a metric; those that we do not know under numbers of their own."""


def metrics_of(body: bytes) -> Metrics | None:
    """The rows of an answer; None where it is not an array of metrics."""
    try:
        envelope = decode(body)
    except JsonRefused:
        return None
    if not isinstance(envelope, list):
        return None
    found: Metrics = {}
    for number, element in enumerate(envelope):
        if not isinstance(element, dict) or not isinstance(rows := element.get("information"), list):
            return None
        metric = METRIC_BY_SPELLING.get(folded(str(element.get("metricName"))))
        found[metric.name if metric else f"#{number}"] = [row for row in rows if isinstance(row, dict)]
    return found


def _all_rows(metrics: Metrics) -> list[Row]:
    """Of the nine metrics that a dimension splits; the list of popular pages has a `url` of its own."""
    return [row for name, rows in metrics.items() if name in METRICS and not METRICS[name].listed for row in rows]


def _spelled(metrics: Metrics, *names: str) -> set[str]:
    """How these names are spelled in the rows: letter by letter ours, but for case."""
    wanted = {name.lower() for name in names}
    return {key for row in _all_rows(metrics) for key in row if key.lower() in wanted}


def _country_region(metrics: Metrics) -> Finding:
    question = "Is the documented dimension `Country/Region` accepted?"
    if not _all_rows(metrics):
        return Finding("country_region", question, "no row at all", None)
    listed = {"Browser", "PageTitle", "PopularPages"} & metrics.keys()
    keys = _spelled(metrics, "Country/Region", "Country", "CountryRegion", "Country Region", "Region")
    if keys and not listed:
        seen = f"rows carry it as {quoted(keys)}"
        return Finding("country_region", question, seen, f"accepted; its row key is {quoted(keys)}")
    if _spelled(metrics, "Url", "Device"):
        return Finding("country_region", question, "rows carry the other two dimensions and not this one", "dropped in silence")
    seen = f"rows carry no dimension, and {len(listed)} of the list metrics came" if listed else "rows carry no dimension"
    return Finding("country_region", question, seen, "refused: the whole question falls back to the no-dimension snapshot")


def _key_case(metrics: Metrics) -> Finding:
    asked = [each.parameter for each in CONTRACT.dimensions]
    keys = _spelled(metrics, *asked, "Country")
    question = "How are the row keys of the dimensions spelled?"
    if not keys:
        return Finding("row_keys", question, "no dimension in any row", None)
    same = {key.lower() for key in keys}
    says = (
        "one spelling each" if len(same) == len(keys) else "more than one spelling of the same key: match without regard to case"
    )
    return Finding("row_keys", question, quoted(keys), says)


def _count_types(metrics: Metrics) -> Finding:
    found: dict[str, list[str]] = {"numbers": [], "strings": [], "mixed": []}
    for name, rows in metrics.items():
        for field in () if name.startswith("#") else METRIC_BY_SPELLING[folded(name)].fields:
            types = {"strings" if isinstance(value, str) else "numbers" for value in _values(rows, field)}
            if types and field.kind in ("count", "seconds"):
                found["mixed" if len(types) > 1 else types.pop()].append(f"{name}.{field.name}")
    question = "Are counts strings or numbers?"
    kinds = {kind: names for kind, names in found.items() if names}
    if not kinds:
        return Finding("count_types", question, "no count at all", None)
    seen = "; ".join(f"{kind}: {', '.join(sorted(names))}" for kind, names in kinds.items())
    return Finding("count_types", question, seen, next(iter(kinds)) if len(kinds) == 1 else "it differs from field to field")


def _cap(metrics: Metrics) -> Finding:
    question = "Is the cap of 1,000 rows for each metric, or for the whole response?"
    rows = {name: len(found) for name, found in metrics.items()}
    largest, total = max(rows.values(), default=0), sum(rows.values())
    seen = f"rows of the largest metric: {magnitude(largest)}; of all metrics together: {magnitude(total)}"
    if total < ROW_CAP:
        return Finding("row_cap", question, f"{seen}; the cap was not reached", None)
    if total == ROW_CAP:
        return Finding("row_cap", question, seen, "for the whole response, which ends at exactly 1,000 rows")
    if largest > ROW_CAP:
        return Finding(
            "row_cap", question, f"{seen}; one metric has more than 1,000", "neither: there is more than the known cap"
        )
    cut = sum(count == ROW_CAP for count in rows.values())
    reached = f"{cut} metrics end at exactly 1,000" if cut else "no metric reached 1,000"
    return Finding("row_cap", question, f"{seen}; {reached}", "not for the whole response" if not cut else "for each metric")


def _times(metrics: Metrics) -> Finding:
    """By whether the times of rows with many sessions are as long as those of rows with few."""
    question = "Are totalTime and activeTime of a URL averages a session, or totals?"
    sessions = {_tuple(row): _number(row, "totalSessionCount") for row in metrics.get("Traffic", [])}
    points = [
        (math.log(count), math.log(seconds))
        for row in metrics.get("EngagementTime", [])
        if (seconds := _number(row, "totalTime")) and (count := sessions.get(_tuple(row)))
    ]
    counts = [x for x, _ in points]
    if len(points) < LEAST_ROWS or max(counts) - min(counts) < math.log(LEAST_SPREAD):
        return Finding("times", question, f"rows with times and sessions: {magnitude(len(points))}; too few or too alike", None)
    slope = _slope(points)
    says = "averages a session" if slope < AVERAGE_BELOW else "totals" if slope > TOTAL_ABOVE else None
    seen = "times do not grow with sessions" if slope < AVERAGE_BELOW else "times grow with sessions"
    return Finding("times", question, seen if says else "times grow with sessions, but less than in proportion", says)


def _unknown_vocabulary(metrics: Metrics) -> Finding:
    question = "Does it send anything that is not known here?"
    unknown = sum(name.startswith("#") for name in metrics)
    known = {"url", "device", "country", "country/region", "countryregion"}
    fields = 0
    for name, rows in metrics.items():
        if not name.startswith("#"):
            names = {folded(text) for field in METRIC_BY_SPELLING[folded(name)].fields for text in (field.name, *field.also)}
            fields += len({folded(key) for row in rows for key in row if key.lower() not in known} - names)
    seen = f"{unknown} unknown metrics, {fields} unknown fields"
    says = "no" if not (unknown or fields) else "yes; after a sync `clarity-pipeline status` names them"
    return Finding("vocabulary", question, seen, says)


LOOKS: tuple[Callable[[Metrics], Finding], ...] = (
    _country_region, _key_case, _count_types, _cap, _times, _unknown_vocabulary,
)  # fmt: skip


def _values(rows: list[Row], field: Field) -> list[Any]:
    spellings = {folded(text) for text in (field.name, *field.also)}
    return [value for row in rows for key, value in row.items() if folded(key) in spellings and value is not None]


def _tuple(row: Row) -> tuple[str, ...]:
    return tuple(str(row[key]) for key in sorted(row) if key.lower() in ("url", "country", "country/region", "device"))


def _number(row: Row, name: str) -> float:
    """0 for what is no number from 0 on."""
    value = next((row[key] for key in row if folded(key) == folded(name)), 0)
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) and number > 0 else 0.0


def _slope(points: list[tuple[float, float]]) -> float:
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return float(sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points))
