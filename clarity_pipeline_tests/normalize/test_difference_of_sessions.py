from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from clarity_pipeline.normalize.urls import canonical_url
from clarity_pipeline_tests.clarity.made_up import FRICTION, Seen, envelope, page
from clarity_pipeline_tests.normalize.pairs import AFFECTED, AVERAGES, EVENT_OF, A, B, C, difference

URLS = st.sampled_from([None, "https://Electron", A, f"{A}/", f"{A}?fbclid=1", f"{A}?fbclid=2", B, f"{B}?id=1", C])


@st.composite
def visits(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[str | None, str, Seen, bool]:
    """Raw URL, device, what one session did there, and whether it is in the shorter window too."""
    url, device = draw(URLS), draw(st.sampled_from(["PC", "Mobile"]))
    bot = draw(st.booleans())
    events = {} if bot else {metric: (1, draw(st.integers(1, 90))) for metric in draw(st.sets(st.sampled_from(FRICTION)))}
    active = draw(st.integers(0, 300))
    did = page(
        url,
        device,
        sessions=int(not bot),
        bots=int(bot),
        pages=draw(st.integers(1, 30)),
        scroll=draw(st.integers(0, 100)),
        active=active,
        total=active + draw(st.integers(0, 100)),
        events=events,
    )
    return url, device, did, draw(st.booleans())


def summed(sessions: Sequence[Seen]) -> Seen:
    humans = [each for each in sessions if each.sessions]
    count = len(humans) or 1

    def mean(name: str) -> float:
        return float(sum(getattr(each, name) for each in humans)) / count

    return Seen(
        at=sessions[0].at,
        sessions=len(humans),
        bots=sum(each.bots for each in sessions),
        pages=mean("pages"),
        scroll=mean("scroll"),
        active=round(mean("active")),
        total=round(mean("total")),
        events={
            metric: (
                len([each for each in humans if metric in each.events]),
                sum(each.events.get(metric, (0, 0))[1] for each in humans),
            )
            for metric in FRICTION
        },
    )


def grouped(of: Sequence[tuple[str | None, str, Seen, bool]], *, canonical: bool = False) -> dict[tuple[str | None, str], Seen]:
    groups: dict[tuple[str | None, str], list[Seen]] = {}
    for url, device, did, _ in of:
        key = url if url is None or not canonical else canonical_url(url, kept_parameters=frozenset())
        groups.setdefault((key, device), []).append(did)
    return {key: summed(sessions) for key, sessions in groups.items()}


@settings(max_examples=100, deadline=None)
@given(st.lists(visits(), max_size=25))
def test_sessions_taken_from_all_sessions_leave_exactly_the_others(of: list[tuple[str | None, str, Seen, bool]]):
    shorter = [visit for visit in of if visit[3]]
    assume(len(shorter) < len(of) or not any(did.sessions for _, _, did, _ in of))  # equal answers are no windows
    recovered = difference(envelope(*grouped(of).values()), envelope(*grouped(shorter).values()))
    assert (recovered.left_out, recovered.negative) == (0, 0)
    expected = grouped([visit for visit in of if not visit[3]], canonical=True)
    weight_behind = grouped(of, canonical=True)
    found = {(row["url"], row["device"]): row for row in recovered.rows.to_pylist()}
    assert set(found) == set(expected)
    for key, row in found.items():
        seen = expected[key]
        assert (row["sessions"], row["bot_sessions"]) == (seen.sessions, seen.bots)
        for metric, event in EVENT_OF.items():
            assert (row[AFFECTED[event]], row[event]) == seen.events[metric]
        if seen.sessions:
            assert row["pages_per_session"] == pytest.approx(seen.pages)
            assert row["scroll_depth"] == pytest.approx(seen.scroll, abs=1e-6)
            off = 1000 * (1 + weight_behind[key].sessions / seen.sessions)
            assert row["engagement_time_ms"] == pytest.approx(1000 * seen.active, abs=off)
        else:
            assert {row[name] for name in AVERAGES} == {None}
