"""The method that somebody writes in an afternoon, run beside ours against the same fake Clarity.

One call of `numOfDays=1` by URL whenever the machine is up, stored under today's date, tried again on a 429; sums over URLs for
the site, of users too. Nothing else is held against it: queries are cut from URLs, averages are weighted by sessions, string
counts are read, and a call that fails leaves no number.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import requests

from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH

TRIES = 5
COUNTS = {
    "sessions": ("Traffic", "totalSessionCount"),
    "bot_sessions": ("Traffic", "totalBotSessionCount"),
    "distinct_users": ("Traffic", "distinctUserCount"),
    "dead_clicks": ("DeadClickCount", "subTotal"),
    "rage_clicks": ("RageClickCount", "subTotal"),
    "excessive_scroll": ("ExcessiveScroll", "subTotal"),
    "quick_backs": ("QuickbackClick", "subTotal"),
    "script_errors": ("ScriptErrorCount", "subTotal"),
    "error_clicks": ("ErrorClickCount", "subTotal"),
}
AVERAGES = {
    "pages_per_session": ("Traffic", "pagesPerSessionPercentage", 1),
    "scroll_depth": ("ScrollDepth", "averageScrollDepth", 1),
    "engagement_time_ms": ("EngagementTime", "activeTime", 1000),
    "total_time_ms": ("EngagementTime", "totalTime", 1000),
}

Row = dict[str, float]


class Afternoon:
    """`days` is its table: by date and URL without query, the numbers of that page."""

    def __init__(self, base_url: str, token: str, *, sleep: Callable[[float], None]) -> None:
        self.days: dict[date, dict[str, Row]] = {}
        self._url = base_url + LIVE_INSIGHTS_PATH
        self._headers = {"Authorization": f"Bearer {token}"}
        self._sleep = sleep

    def run(self, now: datetime) -> None:
        """Fetch and store today, once."""
        if now.date() in self.days:
            return
        with requests.Session() as session:
            session.trust_env = False
            for attempt in range(TRIES):
                answer = session.get(self._url, params={"numOfDays": "1", "dimension1": "URL"}, headers=self._headers, timeout=60)
                if answer.status_code == 429:
                    self._sleep(2.0**attempt)
                elif answer.ok:
                    self.days[now.date()] = pages(answer.json())
                    return
                else:
                    return

    def site(self, day: date) -> Row | None:
        """The whole site on a date: counts and users summed over URLs, averages weighted by sessions."""
        rows = self.days.get(day)
        return None if rows is None else total(list(rows.values()))


def pages(answer: list[dict[str, Any]]) -> dict[str, Row]:
    """Rows of an answer by URL, its query cut off."""
    raw: defaultdict[str, Row] = defaultdict(dict)
    rows = {metric["metricName"]: metric["information"] for metric in answer}
    for name, (metric, field) in COUNTS.items():
        for row in rows[metric]:
            raw[row["Url"] or ""][name] = int(row[field])
    for name, (metric, field, factor) in AVERAGES.items():
        for row in rows[metric]:
            if row[field] is not None:
                raw[row["Url"] or ""][name] = float(row[field]) * factor
    by_page: defaultdict[str, list[Row]] = defaultdict(list)
    for url, numbers in raw.items():
        by_page[url.partition("?")[0].partition("#")[0]].append(numbers)
    return {page: total(variants) for page, variants in by_page.items()}


def total(rows: list[Row]) -> Row:
    """Counts summed; averages weighted by sessions."""
    summed: Row = {name: sum(row.get(name, 0) for row in rows) for name in COUNTS}
    for name in AVERAGES:
        weighed = [(row[name], row.get("sessions", 0)) for row in rows if name in row]
        weight = sum(sessions for _, sessions in weighed)
        if weight:
            summed[name] = sum(value * sessions for value, sessions in weighed) / weight
    return summed


def by_page(rows: Mapping[str, Row], *, canonical: Callable[[str], str]) -> dict[str, Row]:
    """What a reader would take for each page: of the rows that are spelt like it, the one with the most sessions."""
    pages: dict[str, Row] = {}
    for url, row in rows.items():
        page = canonical(url)
        if page not in pages or row["sessions"] > pages[page]["sessions"]:
            pages[page] = row
    return pages
