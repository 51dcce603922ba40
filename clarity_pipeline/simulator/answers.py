"""A window of sessions as the wire shows it: metric groups with their spellings, types, gaps, order and silent cut.

The server sends what `answer` gives. All of it follows `docs/clarity-api.md`; what the API was never seen to do is
not done here. It must not look at a clock.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from clarity_pipeline.clarity.dimensions import DIMENSIONS, ROW_CAP
from clarity_pipeline.simulator.groups import Groups, group
from clarity_pipeline.simulator.sessions import Floats, Ints
from clarity_pipeline.simulator.site import EVENTS, CountryRegion, CountsAs, Event
from clarity_pipeline.simulator.window import SessionLog

Columns = dict[str, list[Any]]
Answer = list[dict[str, Any]]

_PARAMETERS = {dimension.parameter: dimension for dimension in DIMENSIONS.values()}
_DOCUMENTED = "Country/Region"
"""The documented spelling; by rule it is taken and ignored."""

_FRICTION: dict[str, Event] = {
    "DeadClickCount": "dead_clicks",
    "ExcessiveScroll": "excessive_scroll",
    "RageClickCount": "rage_clicks",
    "QuickbackClick": "quick_backs",
    "ScriptErrorCount": "script_errors",
    "ErrorClickCount": "error_clicks",
}
_METRICS = (*_FRICTION, "ScrollDepth", "Traffic", "EngagementTime")
_SHUFFLES = (
    ("DeadClickCount", "ExcessiveScroll", "RageClickCount", "ScriptErrorCount"),
    ("QuickbackClick", "ErrorClickCount", "ScrollDepth"),
    ("Traffic", "EngagementTime"),
)
"""Metrics that share a row order; a real answer had three orders in just these groups (`docs/clarity-api.md#rows`)."""

_LISTS = {
    "Browser": ("browser", "name", "sessionsCount"),
    "Device": ("device", "name", "sessionsCount"),
    "OS": ("os", "name", "sessionsCount"),
    "Country": ("country", "name", "sessionsCount"),
    "PageTitle": ("title", "name", "sessionsCount"),
    "ReferrerUrl": ("referrer", "name", "sessionsCount"),
    "PopularPages": ("url", "url", "visitsCount"),
}
_LIST_LENGTH = 10
_COMPLETE_LISTS = frozenset(("Device", "OS"))
"""The others hold up to ten rows, these two are never cut (`docs/clarity-api.md#rows`)."""

_COUNTS = frozenset(
    (
        *("sessionsCount", "pagesViews", "subTotal", "totalSessionCount", "totalBotSessionCount", "distinctUserCount"),
        *("totalTime", "activeTime", "visitsCount"),
    )
)
"""The fields that come as numbers or as strings; percentages and averages are always numbers."""


def answer(
    log: SessionLog,
    *,
    dimensions: Sequence[str],
    num_of_days: int,
    at: datetime,
    counts_as: CountsAs = "numbers",
    country_region: CountryRegion = "dropped",
) -> Answer:
    """Metric groups over `(at - num_of_days x 24 h, at]` for dimensions in wire spelling, exactly spelled.

    Any unknown dimension gives the no-dimension set; `Country/Region` is dropped unless told otherwise.
    `json.dumps` of the result is the body.
    """
    spelled = ("Country" if name == _DOCUMENTED and country_region == "accepted" else name for name in dimensions)
    asked = [name for name in dict.fromkeys(spelled) if name != _DOCUMENTED or country_region == "snapshot"]
    known = [_PARAMETERS[name] for name in asked if name in _PARAMETERS]
    if len(known) < len(asked):
        known = []
    sessions = log.window(at, num_of_days)
    groups = group(sessions, [dimension.name for dimension in known])
    labels = dict(zip((dimension.row_key for dimension in known), groups.labels, strict=True))
    orders = _orders(groups, seed=f"{log.seed} {log.site.project_id} {at.timestamp()} {num_of_days} {asked}")
    metrics = {name: _rows(_columns(name, groups) | labels, orders[name], counts_as) for name in _METRICS}
    if not known:
        for name, (dimension, label_key, count_key) in _LISTS.items():
            listed = group(sessions, [dimension])
            top = np.argsort(-listed.sessions, kind="stable")[: None if name in _COMPLETE_LISTS else _LIST_LENGTH]
            columns: Columns = {label_key: listed.labels[0], count_key: listed.sessions.tolist()}
            metrics[name] = _rows(columns, top[listed.sessions[top] > 0], counts_as)
    return [{"metricName": name, "information": rows} for name, rows in metrics.items()]


def encode(metrics: Answer) -> bytes:
    """The body: compact UTF-8 JSON."""
    return json.dumps(metrics, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _columns(metric: str, groups: Groups) -> Columns:
    if metric == "Traffic":
        return {
            "totalSessionCount": groups.sessions.tolist(),
            "totalBotSessionCount": groups.bot_sessions.tolist(),
            "distinctUserCount": groups.users.tolist(),
            "pagesPerSessionPercentage": _numbers(groups.pages_per_session),
        }
    if metric == "ScrollDepth":
        return {"averageScrollDepth": _numbers(groups.scroll, decimals=2)}
    if metric == "EngagementTime":
        return {
            "totalTime": np.rint(np.nan_to_num(groups.total_s)).astype(int).tolist(),
            "activeTime": np.rint(np.nan_to_num(groups.active_s)).astype(int).tolist(),
        }
    line = EVENTS.index(_FRICTION[metric])
    share = np.round(100 * groups.affected[line] / np.maximum(groups.sessions, 1), 2)
    return {
        "sessionsCount": groups.sessions.tolist(),
        "sessionsWithMetricPercentage": _numbers(share),
        "sessionsWithoutMetricPercentage": _numbers(np.where(groups.sessions > 0, 100 - share, 0), decimals=2),
        "pagesViews": groups.event_views[line].tolist(),
        "subTotal": groups.event_totals[line].tolist(),
    }


def _numbers(values: Floats, decimals: int | None = None) -> list[float | int | None]:
    """NaN becomes null, and a whole number is written without a decimal point."""
    rounded = values if decimals is None else np.round(values, decimals)
    return [None if value != value else int(value) if value.is_integer() else value for value in rounded.tolist()]


def _orders(groups: Groups, *, seed: str) -> Mapping[str, Ints]:
    """The places of each metric's rows: shuffled, only Traffic with those that no human visited, cut at the cap."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16]))
    visited = groups.sessions > 0 if groups.labels else np.ones(1, dtype=bool)
    orders = {}
    for metrics in _SHUFFLES:
        order = rng.permutation(len(groups.sessions))
        for name in metrics:
            orders[name] = (order if name == "Traffic" else order[visited[order]])[:ROW_CAP]
    return orders


def _rows(columns: Columns, order: Ints, counts_as: CountsAs) -> list[dict[str, Any]]:
    places = order.tolist()
    lines = []
    for column, (name, values) in enumerate(columns.items()):
        line = [values[place] for place in places]
        if name in _COUNTS and counts_as != "numbers":
            line = [str(v) if counts_as == "strings" or (row + column) % 2 else v for row, v in enumerate(line)]
        lines.append(line)
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*lines, strict=True)]
