"""The columns of `clarity_daily_metrics`, as data: their order and types, and how each measure comes out of an answer.

A new measure is one new line in `MEASURES` (and its column in the table's SQL). `normalize` loops over it; the warehouse inserts
by these names. Units and meaning of what the wire sends: `docs/clarity-api.md#meaning`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from clarity_pipeline.clarity.answer import Number
from clarity_pipeline.clarity.dimensions import DIMENSIONS

Fold = Literal["sum", "mean"]
"""How rows that become one are put together: counts are added, averages weighted by human sessions."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One column: `fields` of one metric through `make` (None where a field is), then folded.

    `zero_without_sessions`: Clarity sends no friction row for a tuple without a human session, which means 0, not unknown.
    """

    column: str
    metric: str
    fields: tuple[str, ...]
    fold: Fold
    make: Callable[..., Number] | None = None
    whole: bool = True
    zero_without_sessions: bool = False


def _affected(sessions: Number, percentage: Number) -> int:
    """Sessions with at least one event; the wire rounds the share to two decimals, and the product is whole again."""
    return round(sessions * percentage / 100)


def _milliseconds(seconds: Number) -> Number:
    return seconds * 1000


def _events(column: str, metric: str) -> Measure:
    return Measure(column, metric, ("subTotal",), "sum", zero_without_sessions=True)


def _sessions_with(column: str, metric: str) -> Measure:
    fields = ("sessionsCount", "sessionsWithMetricPercentage")
    return Measure(column, metric, fields, "sum", make=_affected, zero_without_sessions=True)


MEASURES: tuple[Measure, ...] = (
    Measure("sessions", "Traffic", ("totalSessionCount",), "sum"),
    Measure("bot_sessions", "Traffic", ("totalBotSessionCount",), "sum"),
    Measure("distinct_users", "Traffic", ("distinctUserCount",), "sum"),  # an upper bound: one user may be in several raw tuples
    Measure("pages_per_session", "Traffic", ("pagesPerSessionPercentage",), "mean", whole=False),
    Measure("scroll_depth", "ScrollDepth", ("averageScrollDepth",), "mean", whole=False),
    Measure("engagement_time_ms", "EngagementTime", ("activeTime",), "mean", make=_milliseconds),
    Measure("total_time_ms", "EngagementTime", ("totalTime",), "mean", make=_milliseconds),
    _events("dead_clicks", "DeadClickCount"),
    _events("rage_clicks", "RageClickCount"),
    _events("excessive_scroll", "ExcessiveScroll"),
    _events("quick_backs", "QuickbackClick"),
    _events("script_errors", "ScriptErrorCount"),
    _events("error_clicks", "ErrorClickCount"),
    _sessions_with("dead_click_sessions", "DeadClickCount"),
    _sessions_with("rage_click_sessions", "RageClickCount"),
    _sessions_with("excessive_scroll_sessions", "ExcessiveScroll"),
    _sessions_with("quick_back_sessions", "QuickbackClick"),
    _sessions_with("script_error_sessions", "ScriptErrorCount"),
    _sessions_with("error_click_sessions", "ErrorClickCount"),
)

_INSTANT = pa.timestamp("us", tz="UTC")

DAILY_METRICS_SCHEMA = pa.schema(
    [
        ("business_id", pa.string()),
        ("date", pa.date32()),
        ("slice", pa.string()),
        ("dimension_hash", pa.string()),
        *((name, pa.string()) for name in DIMENSIONS),
        *((measure.column, pa.int64() if measure.whole else pa.float64()) for measure in MEASURES),
        ("raw_payload", pa.string()),
        ("window_start", _INSTANT),
        ("window_end", _INSTANT),
        ("fetched_at", _INSTANT),
        ("loaded_at", _INSTANT),
        ("quality", pa.string()),
        ("coverage", pa.float64()),
        ("truncated", pa.bool_()),
        ("rows_merged", pa.int64()),
    ]
)
"""One row is one canonical tuple of one slice of one business on one UTC date."""
