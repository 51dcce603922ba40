"""Made-up answers of the size and shape that a busy site's lane has: nine metrics of 1,000 rows, URLs of about 90 characters.

Row order differs between the metrics, as it does on the wire (`docs/clarity-api.md#rows`). Used by the other benchmarks.
"""

import json
import random

from clarity_pipeline.clarity.dimensions import ROW_CAP, Slice

FRICTION = ("DeadClickCount", "ExcessiveScroll", "RageClickCount", "QuickbackClick", "ScriptErrorCount", "ErrorClickCount")
VALUES = {
    "Device": ("PC", "Mobile", "Tablet"),
    "Source": ("google", "bing", "newsletter", None),
    "Country": ("Kenya", "Czech Republic", "United States", "Turkey"),
    "Campaign": ("spring-sale", "brand", "(not set)"),
    "Channel": ("Direct", "PaidSearch", "Social"),
}


def lane_answer(asked: Slice, *, seed: int, rows: int = ROW_CAP) -> bytes:
    """The body of one answer to `asked`."""
    draw = random.Random(seed)
    tuples = [
        ({dimension.row_key: _value(dimension.row_key, place, draw) for dimension in asked.dimensions}, draw.randint(1, 200))
        for place in range(rows)
    ]
    groups = [
        {"metricName": metric, "information": [_row(metric, sessions, draw) | key for key, sessions in draw.sample(tuples, rows)]}
        for metric in (*FRICTION, "ScrollDepth", "Traffic", "EngagementTime")
    ]
    return json.dumps(groups, separators=(",", ":")).encode()


def _value(row_key: str, place: int, draw: random.Random) -> str | None:
    if row_key == "Url":
        page = f"https://www.shop.example/collections/{draw.choice(('shoes', 'jackets'))}/{place:04}"
        return f"{page}?utm_source=news&gclid={draw.getrandbits(96):024x}"
    return draw.choice(VALUES[row_key])


def _row(metric: str, sessions: int, draw: random.Random) -> dict[str, int | float]:
    if metric == "Traffic":
        return {
            "totalSessionCount": sessions,
            "totalBotSessionCount": draw.randint(0, 9),
            "distinctUserCount": sessions,
            "pagesPerSessionPercentage": draw.uniform(1, 15),
        }
    if metric == "ScrollDepth":
        return {"averageScrollDepth": round(draw.uniform(7, 100), 2)}
    if metric == "EngagementTime":
        active = draw.randint(0, 300)
        return {"totalTime": active + draw.randint(0, 300), "activeTime": active}
    affected = draw.randint(0, sessions)
    share = round(100 * affected / sessions, 2)
    return {
        "sessionsCount": sessions,
        "sessionsWithMetricPercentage": share,
        "sessionsWithoutMetricPercentage": round(100 - share, 2),
        "pagesViews": affected,
        "subTotal": affected + draw.randint(0, 9) if affected else 0,
    }
