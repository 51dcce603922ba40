import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.dimensions import ROW_CAP, SLICES, TOTALS, Slice
from clarity_pipeline.clarity.measures import MEASURES, Measure
from clarity_pipeline.clarity.recoverable import DaysLate
from clarity_pipeline.clarity.window import window
from clarity_pipeline.normalize.columns import DAILY_METRICS_SCHEMA
from clarity_pipeline.normalize.difference import Recovered, RecoveredLane, recover
from clarity_pipeline.normalize.dimension_hash import dimension_hash
from clarity_pipeline.normalize.normalize import Lane, normalize
from clarity_pipeline.normalize.subtract import ROUNDED_SHARE
from clarity_pipeline.normalize.urls import canonical_url
from clarity_pipeline.simulator.presets import large_shop, mid_size
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import EVENTS, Site
from clarity_pipeline_tests.clarity.made_up import FRICTION, NINE, Seen, body, envelope, page, rows

A, B, C = "https://shop.example/a", "https://shop.example/b", "https://shop.example/c"
URL_DEVICE = SLICES["url_device"]
DAY = date(2026, 11, 1)
AT = datetime(2026, 11, 3, 0, 5, tzinfo=UTC)
COUNTS = [each.column for each in MEASURES if each.fold == "sum" and each.column != "distinct_users"]
AVERAGES = [each.column for each in MEASURES if each.fold == "mean"]
EVENT_OF = {each.group: each.column for each in MEASURES if each.fields == ("subTotal",)}
AFFECTED: dict[str, str] = {event: event.removesuffix("s") + "_sessions" for event in EVENTS}


def lane(
    *,
    day: date = DAY,
    days_late: DaysLate = 1,
    asked: Slice = URL_DEVICE,
    minuend_at: datetime = AT,
    subtrahend_at: datetime = AT,
    kept: tuple[str, ...] = (),
) -> RecoveredLane:
    return RecoveredLane(
        business_id="shop",
        date=day,
        slice=asked,
        days_late=days_late,
        minuend_fetched_at=minuend_at,
        subtrahend_fetched_at=subtrahend_at,
        kept_parameters=frozenset(kept),
        loaded_at=AT + timedelta(minutes=1),
    )


def difference(longer: object, shorter: object, **of_lane: Any) -> Recovered:
    into = lane(**of_lane)
    return recover(parse(body(longer), asked=into.slice), parse(body(shorter), asked=into.slice), lane=into)


def by_url(recovered: Recovered) -> dict[str | None, dict[str, Any]]:
    found = {row["url"]: row for row in recovered.rows.to_pylist()}
    assert len(found) == recovered.rows.num_rows
    return found


def test_counts_subtract_by_tuple_whatever_the_order_of_the_rows():
    events = {metric: (number, 10 * number) for number, metric in enumerate(FRICTION, start=1)}
    longer = envelope(page(A, sessions=30, bots=9, events=events), page(B, sessions=7, bots=1))
    shorter = envelope(
        page(B, sessions=3),
        page(A, sessions=10, bots=2, events={metric: (1, 5 * number) for number, metric in enumerate(FRICTION, start=1)}),
    )
    recovered = difference(longer, shorter)
    found = by_url(recovered)
    assert (found[A]["sessions"], found[A]["bot_sessions"]) == (20, 7)
    assert (found[B]["sessions"], found[B]["bot_sessions"], found[B]["dead_clicks"]) == (4, 1, 0)
    assert [found[A][EVENT_OF[metric]] for metric in FRICTION] == [5, 10, 15, 20, 25, 30]
    assert [found[A][AFFECTED[EVENT_OF[metric]]] for metric in FRICTION] == [0, 1, 2, 3, 4, 5]
    assert (recovered.left_out, recovered.negative) == (0, 0)

    def row_by_row() -> list[int]:  # the naive version: the first row minus the first
        ours, theirs = rows(longer, "DeadClickCount"), rows(shorter, "DeadClickCount")
        return [own["subTotal"] - other["subTotal"] for own, other in zip(ours, theirs, strict=True)]

    assert row_by_row() == [10, -5]


def test_averages_are_those_of_the_sessions_that_remain():
    longer = envelope(page(A, sessions=40, pages=2.5, scroll=50, active=10, total=25))
    shorter = envelope(page(A, sessions=30, pages=3, scroll=40, active=12, total=30))
    row = by_url(difference(longer, shorter))[A]
    assert [row[name] for name in AVERAGES] == [1, 80, 4_000, 10_000]
    difference_of_averages = 50 - 40
    last_day_taken_for_both = 2 * 50 - 40
    assert row["scroll_depth"] not in (difference_of_averages, last_day_taken_for_both)


def test_averages_stay_within_what_is_possible():
    low = difference(
        envelope(page(A, sessions=10, pages=1.1, scroll=20, active=5, total=6)),
        envelope(page(A, sessions=9, pages=1.2, scroll=30, active=6, total=7)),
    )
    assert [by_url(low)[A][name] for name in AVERAGES] == [1, 0, 0, 0]
    high = difference(envelope(page(A, sessions=10, scroll=90)), envelope(page(A, sessions=9, scroll=80)))
    assert by_url(high)[A]["scroll_depth"] == 100
    huge = envelope(page(A, sessions=10, active=2**62 // 1000))
    assert by_url(difference(huge, envelope(page(A, sessions=9, active=0))))[A]["engagement_time_ms"] == 2**63 - 1


def test_a_tuple_of_the_longer_window_alone_is_the_dates_to_the_last_digit():
    found = by_url(
        difference(
            envelope(page(A, sessions=3, pages=7.333333333333333, events={"DeadClickCount": (1, 4)}), page(B, sessions=5)),
            envelope(page(B, sessions=5)),
        )
    )
    assert list(found) == [A]
    row = found[A]
    assert (row["sessions"], row["pages_per_session"], row["dead_clicks"], row["dead_click_sessions"]) == (
        3,
        7.333333333333333,
        4,
        1,
    )
    assert json.loads(row["raw_payload"])["subtrahend"] == {}


def test_a_tuple_of_the_shorter_window_alone_is_left_out_and_counted():
    recovered = difference(envelope(page(A, sessions=2)), envelope(page(A, sessions=1), page(B, sessions=4), page(C, bots=1)))
    assert list(by_url(recovered)) == [A]
    assert (recovered.left_out, recovered.negative) == (2, 0)


def test_a_tuple_that_was_not_seen_on_the_date_is_no_row():
    same = envelope(page(A, sessions=2, bots=1, events={"DeadClickCount": (1, 4)}), page(None, sessions=0, users=2))
    recovered = difference(same, same)
    assert (recovered.rows.num_rows, recovered.left_out, recovered.negative) == (0, 0, 0)
    assert recovered.rows.schema == DAILY_METRICS_SCHEMA


def test_bots_and_events_alone_are_a_row_without_averages():
    longer = envelope(page(A, sessions=2, bots=3), page(B, sessions=2, events={"DeadClickCount": (1, 9)}))
    found = by_url(difference(longer, envelope(page(A, sessions=2), page(B, sessions=2, events={"DeadClickCount": (1, 4)}))))
    assert (found[A]["sessions"], found[A]["bot_sessions"], found[A]["dead_clicks"]) == (0, 3, 0)
    assert (found[B]["sessions"], found[B]["dead_clicks"]) == (0, 5)
    assert {row[name] for row in found.values() for name in AVERAGES} == {None}


def test_users_of_two_windows_are_not_subtracted():
    assert by_url(difference(envelope(page(A, sessions=5, users=5)), envelope(page(A, users=1))))[A]["distinct_users"] is None
    assert by_url(difference(envelope(page(A, users=5)), []))[A]["distinct_users"] is None


def test_a_count_below_zero_is_zero_and_marks_the_row():
    longer = envelope(page(A, sessions=9, bots=1, events={"DeadClickCount": (1, 2)}), page(B, sessions=4), page(C, sessions=1))
    shorter = envelope(page(A, sessions=8, bots=2, events={"DeadClickCount": (2, 5)}), page(B), page(C, sessions=2))
    recovered = difference(longer, shorter)
    found = by_url(recovered)
    assert (found[A]["sessions"], found[A]["bot_sessions"], found[A]["dead_clicks"], found[A]["dead_click_sessions"]) == (
        1,
        0,
        0,
        0,
    )
    assert json.loads(found[A]["raw_payload"])["negative"] == ["bot_sessions", "dead_clicks", "dead_click_sessions"]
    assert json.loads(found[B]["raw_payload"])["negative"] == []
    assert C not in found
    assert recovered.negative == 2  # C too, of which nothing is left


def test_what_rounded_shares_explain_is_zero_and_marks_nothing():
    longer = envelope(page(A, sessions=30_000, events={"DeadClickCount": (1, 1)}))
    shorter = envelope(page(A, sessions=15_000, events={"DeadClickCount": (1, 1)}))
    assert rows(longer, "DeadClickCount")[0]["sessionsWithMetricPercentage"] == 0  # 0.0033 %
    assert rows(shorter, "DeadClickCount")[0]["sessionsWithMetricPercentage"] == 0.01  # 0.0067 %, which makes 1.5 of them
    recovered = difference(longer, shorter)
    assert by_url(recovered)[A]["dead_click_sessions"] == 0
    assert recovered.negative == 0


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**6), st.floats(0, 1))
def test_the_bound_on_rounding_holds(sessions: int, share: float):
    affected = round(share * sessions)
    sent = round(100 * affected / sessions, 2)
    assert abs(round(sessions * sent / 100) - affected) <= ROUNDED_SHARE * sessions * (1 + 1e-9)
    assert sessions >= 10_000 or round(sessions * sent / 100) == affected


@pytest.mark.parametrize("metric", NINE)
@pytest.mark.parametrize("lacking", ["longer", "shorter"])
def test_what_one_side_does_not_say_is_null_and_not_zero(metric: str, lacking: str):
    clicked = {"DeadClickCount": (2, 7), "RageClickCount": (1, 1)}
    longer = envelope(page(A, sessions=5, events=clicked), page(B, sessions=2, events=clicked))
    shorter = envelope(page(A, sessions=2))
    complete = by_url(difference(longer, shorter))
    cut_off = [each for each in (longer if lacking == "longer" else shorter) if each["metricName"] != metric]
    incomplete = by_url(difference(cut_off, shorter) if lacking == "longer" else difference(longer, cut_off))

    def unsaid(measure: Measure, url: str) -> bool:
        if metric == "Traffic":
            return measure.group == metric or measure.fold == "mean"  # no weights
        needs_no_other_side = lacking == "shorter" and url == B and measure.fold == "mean"
        return measure.group == metric and not needs_no_other_side

    for url in (A, B):
        for measure in MEASURES:
            expected = None if unsaid(measure, url) else complete[url][measure.column]
            assert incomplete[url][measure.column] == expected, (url, measure.column)


def test_where_no_session_remains_what_was_not_said_is_zero():
    shorter = [each for each in envelope(page(A, sessions=5)) if each["metricName"] != "DeadClickCount"]
    row = by_url(difference(envelope(page(A, sessions=5, bots=1)), shorter))[A]
    assert (row["sessions"], row["bot_sessions"], row["dead_clicks"], row["dead_click_sessions"]) == (0, 1, 0, 0)


@pytest.mark.parametrize("nothing", [[], [{"metricName": metric, "information": []} for metric in NINE]])
def test_of_a_shorter_window_without_visits_everything_is_the_dates(nothing: object):
    sent = envelope(page(A, sessions=5, bots=1), page(B, sessions=0, bots=2))
    found = by_url(difference(sent, nothing))
    assert {url: (row["sessions"], row["bot_sessions"], row["dead_clicks"]) for url, row in found.items()} == {
        A: (5, 1, 0),
        B: (0, 2, 0),
    }
    assert difference(nothing, nothing).rows.num_rows == 0
    emptied = difference(nothing, sent)
    assert (emptied.rows.num_rows, emptied.left_out) == (0, 2)


def test_a_row_says_whose_it_is_what_it_covers_and_where_it_comes_from():
    minuend_at = AT + timedelta(minutes=4)
    longer = envelope(page(f"{A}?1", sessions=5), page(f"{A}?2", sessions=2))
    recovered = difference(longer, envelope(page(f"{A}?2", sessions=1)), minuend_at=minuend_at)
    assert recovered.rows.schema == DAILY_METRICS_SCHEMA
    (row,) = recovered.rows.to_pylist()
    assert (row["business_id"], row["date"], row["slice"], row["url"], row["device"]) == ("shop", DAY, "url_device", A, "PC")
    assert row["dimension_hash"] == dimension_hash({"url": A, "device": "PC"})
    assert (row["window_start"], row["window_end"]) == (minuend_at - timedelta(days=2), AT - timedelta(days=1))
    assert (row["fetched_at"], row["loaded_at"]) == (minuend_at, AT + timedelta(minutes=1))
    assert (row["quality"], row["truncated"], row["rows_merged"]) == ("recovered", False, 2)
    assert row["coverage"] == pytest.approx(1 - 9 / 1440)
    payload = json.loads(row["raw_payload"])
    assert list(payload) == ["minuend", "subtrahend", "fetched_at", "negative"]
    assert [datetime.fromisoformat(each) for each in payload["fetched_at"]] == [minuend_at, AT]
    assert [each["totalSessionCount"] for each in payload["minuend"]["Traffic"]] == [2, 5]
    assert [each["totalSessionCount"] for each in payload["subtrahend"]["Traffic"]] == [1]


def test_the_payload_masks_what_could_name_a_visitor_on_both_sides():
    (row,) = difference(
        envelope(page(f"{A}?id=1&mail=SECRET", sessions=3)), envelope(page(f"{A}?id=1&mail=SECRET2#SECRET")), kept=("id",)
    ).rows.to_pylist()
    assert "SECRET" not in str(row)
    assert (row["url"], row["sessions"]) == (f"{A}?id=1", 2)


def test_the_totals_of_a_site_subtract_too():
    sent = envelope(Seen(at={}, sessions=9, scroll=40))
    sent.append({"metricName": "Browser", "information": [{"name": "Chrome", "sessionsCount": 9}]})
    (row,) = difference(sent, envelope(Seen(at={}, sessions=6, scroll=30)), asked=TOTALS).rows.to_pylist()
    assert (row["sessions"], row["scroll_depth"]) == (3, 60)


def test_a_tuple_whose_sessions_were_not_sent_is_a_row_only_if_something_shows_a_visit():
    longer = envelope(page(A, sessions=5, events={"DeadClickCount": (1, 2)}), page(B, sessions=2))
    shorter = envelope(page(A, sessions=2))
    rows(longer, "Traffic").clear()
    recovered = difference(longer, shorter)
    assert {url: (row["sessions"], row["dead_clicks"]) for url, row in by_url(recovered).items()} == {A: (None, 2)}
    assert (recovered.left_out, recovered.negative) == (1, 0)


# Cut pairs


def filler(count: int, sessions: int = 1) -> list[Seen]:
    return [page(f"{B}/{number}", sessions=sessions) for number in range(count)]


def test_of_a_cut_pair_only_tuples_on_both_sides_remain_and_every_row_says_so():
    longer = envelope(*filler(ROW_CAP - 1, sessions=3), page(A, sessions=8))
    shorter = envelope(*filler(10), page(C))
    recovered = difference(longer, shorter)
    assert recovered.rows.num_rows == 10
    assert recovered.left_out == ROW_CAP - 10 + 1
    assert {(row["truncated"], row["sessions"]) for row in recovered.rows.to_pylist()} == {(True, 2)}
    whole = difference(envelope(*filler(ROW_CAP - 2, sessions=3), page(A, sessions=8)), shorter)
    assert (whole.rows.num_rows, set(whole.rows["truncated"].to_pylist())) == (ROW_CAP - 1, {False})


def test_a_click_id_that_the_cut_took_from_the_longer_window_is_taken_from_the_shorter_too():
    longer = envelope(*filler(ROW_CAP - 2), page(A, sessions=5), page(f"{A}?fbclid=1", sessions=1))
    shorter = envelope(page(A, sessions=2), *(page(f"{A}?fbclid={number}", sessions=1) for number in range(2, 30)))
    recovered = difference(longer, shorter)
    row = by_url(recovered)[A]
    assert (row["sessions"], row["truncated"]) == (3 + 1, True)
    assert recovered.negative == 0

    def canonical_sum(sent: list[dict[str, Any]]) -> int:
        return sum(each["totalSessionCount"] for each in rows(sent, "Traffic") if each["Url"].startswith(A))

    assert canonical_sum(longer) - canonical_sum(shorter) < 0  # the naive version


def test_with_the_shorter_window_cut_a_click_id_of_the_longer_alone_tells_nothing():
    longer = envelope(*filler(ROW_CAP - 2, sessions=3), page(A, sessions=5), page(f"{A}?fbclid=1", sessions=1))
    shorter = envelope(*filler(ROW_CAP - 1), page(A, sessions=2))
    assert by_url(difference(longer, shorter))[A]["sessions"] == 3


def test_each_metric_of_a_cut_pair_is_compared_with_its_own_rows():
    longer = envelope(*filler(ROW_CAP - 1, sessions=3), page(A, sessions=5, events={"DeadClickCount": (3, 7)}))
    shorter = envelope(page(A, sessions=2, events={"DeadClickCount": (1, 1)}))
    rows(longer, "RageClickCount")[:] = [row for row in rows(longer, "RageClickCount") if row["Url"] != A]
    row = by_url(difference(longer, shorter))[A]
    assert (row["sessions"], row["dead_clicks"], row["rage_clicks"]) == (3, 6, None)


# Sessions of two days in, those of the first out.

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


# Against the fake Clarity


def fake(site: Site) -> FakeClarity:
    return FakeClarity([site], clock=lambda: AT)


def asked(clarity: FakeClarity, site: Site, *, num_of_days: int, at: datetime) -> Answer:
    sent = clarity.answer(site.project_id, dimensions=("URL", "Device"), num_of_days=num_of_days, at=at)
    return parse(sent, asked=URL_DEVICE)


def recovered_day(clarity: FakeClarity, site: Site, day: date, *, days_late: DaysLate = 1, minutes: int = 0) -> Recovered:
    subtrahend_at = datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC) + timedelta(days=1 + days_late)
    minuend_at = subtrahend_at + timedelta(minutes=minutes)
    return recover(
        asked(clarity, site, num_of_days=days_late + 1, at=minuend_at),
        asked(clarity, site, num_of_days=days_late, at=subtrahend_at),
        lane=lane(day=day, days_late=days_late, minuend_at=minuend_at, subtrahend_at=subtrahend_at),
    )


def business(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Counts added, averages weighted by sessions."""
    found = {name: sum(row[name] or 0 for row in rows) for name in COUNTS}
    for name in AVERAGES:
        weighed = [(row[name], row["sessions"]) for row in rows if row[name] is not None]
        found[name] = sum(value * weight for value, weight in weighed) / sum(weight for _, weight in weighed)
    return found


def true_business(clarity: FakeClarity, site: Site, day: date) -> dict[str, float]:
    tallies = clarity.truth(site.project_id, day).by("url", "device").values()
    return business(
        [
            {
                "sessions": each.sessions,
                "bot_sessions": each.bot_sessions,
                **{str(event): count for event, count in each.events.items()},
                **{AFFECTED[event]: count for event, count in each.event_sessions.items()},
                "pages_per_session": each.pages_per_session,
                "scroll_depth": each.scroll_depth,
                "engagement_time_ms": each.active_s_per_session and 1000 * each.active_s_per_session,
                "total_time_ms": each.total_s_per_session and 1000 * each.total_s_per_session,
            }
            for each in tallies
            if each.sessions or each.bot_sessions
        ]
    )


@pytest.mark.parametrize("days_late", [1, 2])
def test_of_a_whole_pair_every_count_is_that_of_the_answer_that_was_lost(days_late: DaysLate):
    site = mid_size()
    clarity = fake(site)
    for number in (2, 7, 8):
        day = date(2026, 11, number)
        recovered = recovered_day(clarity, site, day, days_late=days_late)
        lost = {row["dimension_hash"]: row for row in on_time(clarity, site, day) if row["sessions"] or row["bot_sessions"]}
        found = {row["dimension_hash"]: row for row in recovered.rows.to_pylist()}
        assert (found.keys(), recovered.left_out, recovered.negative) == (lost.keys(), 0, 0)
        for key, row in found.items():
            assert {name: row[name] for name in COUNTS} == {name: lost[key][name] for name in COUNTS}
            assert row["pages_per_session"] == pytest.approx(lost[key]["pages_per_session"])
            assert {row[name] for name in ("window_start", "window_end")} == {
                lost[key][name] for name in ("window_start", "window_end")
            }


@pytest.mark.parametrize(
    ("site", "days_late", "numbers"),
    [(large_shop(), 1, (5, 6, 7, 8, 12, 13, 14)), (mid_size(), 1, range(2, 15)), (mid_size(), 2, range(2, 15))],
    ids=["large_shop, a day late", "mid_size, a day late", "mid_size, two days late"],
)
def test_a_recovered_day_is_close_to_what_really_happened(site: Site, days_late: DaysLate, numbers: Sequence[int]):
    """Counts on every second date at least: one long visit after midnight is 5 % of a quiet date of a small site."""
    clarity = fake(site)
    errors: dict[str, list[float]] = {}
    for number in numbers:
        day = date(2026, 11, number)
        recovered = recovered_day(clarity, site, day, days_late=days_late, minutes=3)
        assert not any(recovered.rows["truncated"].to_pylist())
        found, true = business(recovered.rows.to_pylist()), true_business(clarity, site, day)
        for name in COUNTS:
            if true[name] >= 50:  # of less, one visit is more than 2 %
                errors.setdefault(name, []).append(abs(found[name] - true[name]) / true[name])
        assert found["scroll_depth"] == pytest.approx(true["scroll_depth"], abs=1)
        assert found["engagement_time_ms"] == pytest.approx(true["engagement_time_ms"], rel=0.03)
        assert found["total_time_ms"] == pytest.approx(true["total_time_ms"], rel=0.03)
    assert {name: median(each) for name, each in errors.items() if median(each) > 0.02} == {}
    assert len(errors) >= 5
    if site.sessions_a_day > 1000:
        assert max(errors["sessions"]) < 0.005


def test_a_recovered_day_of_a_cut_pair_counts_nobody_who_was_not_there():
    site, day = large_shop(), date(2026, 11, 4)
    clarity = fake(site)
    recovered = recovered_day(clarity, site, day, days_late=2)
    true = {row["dimension_hash"]: row for row in on_time(clarity, site, day)}
    found = {row["dimension_hash"]: row for row in recovered.rows.to_pylist()}
    assert set(recovered.rows["truncated"].to_pylist()) == {True}
    assert (found.keys() <= true.keys(), recovered.negative) == (True, 0)
    for key, row in found.items():
        assert all(row[name] is None or row[name] <= true[key][name] for name in COUNTS)

    at = datetime(2026, 11, 7, 0, 5, tzinfo=UTC)  # the naive version: page by page, of whatever each side still holds
    longer, shorter = (sessions_by_hash(asked(clarity, site, num_of_days=days, at=at), at=at) for days in (3, 2))
    assert min(sessions - shorter.get(key, 0) for key, sessions in longer.items() if sessions is not None) < 0


def on_time(clarity: FakeClarity, site: Site, day: date) -> list[dict[str, Any]]:
    """The rows of the answer that would have been fetched at 00:05, never cut here."""
    at = datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC) + timedelta(days=1)
    answer = asked(clarity, site, num_of_days=1, at=at)
    assert not answer.capped_metrics
    rows: list[dict[str, Any]] = normalize(answer, lane=one_day(at)).to_pylist()
    return rows


def sessions_by_hash(answer: Answer, *, at: datetime) -> dict[str, Any]:
    table = normalize(answer, lane=one_day(at))
    return dict(zip(table["dimension_hash"].to_pylist(), table["sessions"].to_pylist(), strict=True))


def one_day(at: datetime) -> Lane:
    start, end = window(at, 1)
    return Lane(
        business_id="shop",
        date=start.date(),
        slice=URL_DEVICE,
        window_start=start,
        window_end=end,
        fetched_at=at,
        num_of_days=1,
        kept_parameters=frozenset(),
        loaded_at=at,
    )
