"""Answers made up for the normaliser: their pages, their events and what the columns of these are called."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from clarity_pipeline_tests.clarity.made_up import FRICTION, Seen, page

A, B, C = "https://shop.example/a", "https://shop.example/b", "https://shop.example/c"
EVENTS = {
    "DeadClickCount": ("dead_clicks", "dead_click_sessions"),
    "RageClickCount": ("rage_clicks", "rage_click_sessions"),
    "ExcessiveScroll": ("excessive_scroll", "excessive_scroll_sessions"),
    "QuickbackClick": ("quick_backs", "quick_back_sessions"),
    "ScriptErrorCount": ("script_errors", "script_error_sessions"),
    "ErrorClickCount": ("error_clicks", "error_click_sessions"),
}
AVERAGES = ("pages_per_session", "scroll_depth", "engagement_time_ms", "total_time_ms")
URLS = st.sampled_from(
    [
        None,
        "",
        "https://Electron",
        A,
        f"{A}/",
        f"{A}?fbclid=1",
        f"{A}?fbclid=2",
        f"{A}/index.html#x",
        B,
        f"{B}?id=1",
        "http://shop.example/b",
    ]
)
COUNT = st.integers(0, 10**6)


@st.composite
def seen(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Seen:
    sessions = draw(st.integers(0, 5000))
    events = {metric: (draw(st.integers(0, sessions)), draw(COUNT)) for metric in draw(st.sets(st.sampled_from(FRICTION)))}
    return page(
        draw(URLS),
        draw(st.sampled_from(["PC", "Mobile", None])),
        sessions=sessions,
        bots=draw(COUNT),
        users=draw(COUNT),
        pages=draw(st.floats(1, 50)),
        scroll=draw(st.floats(0, 100)),
        active=draw(st.integers(0, 10**5)),
        total=draw(st.integers(0, 10**5)),
        events=events,
    )
