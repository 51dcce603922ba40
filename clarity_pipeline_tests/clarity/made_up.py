"""Answers in the wire's shape, written for these tests: what a handful of tuples would have sent."""

import json
from dataclasses import dataclass, field
from typing import Any

FRICTION = ("DeadClickCount", "ExcessiveScroll", "RageClickCount", "QuickbackClick", "ScriptErrorCount", "ErrorClickCount")
NINE = (*FRICTION, "ScrollDepth", "Traffic", "EngagementTime")


@dataclass(frozen=True)
class Seen:
    """One raw tuple. `events` is metric -> (affected sessions, events), for the metrics in which something happened."""

    at: dict[str, str | None]
    sessions: int = 1
    bots: int = 0
    users: int = 1
    pages: float = 1.5
    scroll: float = 50.0
    active: int = 10
    total: int = 20
    events: dict[str, tuple[int, int]] = field(default_factory=dict)


def page(url: str | None, device: str | None = "PC", **numbers: Any) -> Seen:
    return Seen(at={"Url": url, "Device": device}, **numbers)


def envelope(*seen: Seen, as_strings: bool = False) -> list[dict[str, Any]]:
    """The nine metrics; only Traffic holds tuples without a human session, and three orders of rows occur, as on the wire."""
    count = str if as_strings else int
    visited = [each for each in seen if each.sessions]
    metrics = []
    for number, metric in enumerate(FRICTION):
        rows = []
        for each in visited[:: -1 if number % 2 else 1]:
            affected, events = each.events.get(metric, (0, 0))
            share = round(100 * affected / each.sessions, 2)
            rows.append(
                {
                    "sessionsCount": count(each.sessions),
                    "sessionsWithMetricPercentage": share,
                    "sessionsWithoutMetricPercentage": round(100 - share, 2),
                    "pagesViews": count(affected),
                    "subTotal": count(events),
                    **each.at,
                }
            )
        metrics.append({"metricName": metric, "information": rows})
    scrolled = [{"averageScrollDepth": each.scroll, **each.at} for each in reversed(visited)]
    traffic = [
        {
            "totalSessionCount": count(each.sessions),
            "totalBotSessionCount": count(each.bots),
            "distinctUserCount": count(each.users),
            "pagesPerSessionPercentage": each.pages if each.sessions else None,
            **each.at,
        }
        for each in sorted(seen, key=lambda each: str(each.at), reverse=True)
    ]
    engaged = [{"totalTime": count(each.total), "activeTime": count(each.active), **each.at} for each in visited]
    return [
        *metrics,
        {"metricName": "ScrollDepth", "information": scrolled},
        {"metricName": "Traffic", "information": traffic},
        {"metricName": "EngagementTime", "information": engaged},
    ]


def rows(sent: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    """The rows of one metric, to be changed in place."""
    found: list[dict[str, Any]] = next(group["information"] for group in sent if group["metricName"] == metric)
    return found


def body(sent: object) -> bytes:
    return json.dumps(sent).encode()
