"""What the numbers, jobs and codes of a business become on its page."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clarity_pipeline.calls.cut_lanes import CutLane
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.panel.views.asked import Asked
from clarity_pipeline.panel.views.chance import is_beyond_chance
from clarity_pipeline.panel.views.dashboard import change, remarks
from clarity_pipeline.panel.views.shown_metrics import METRICS, Metric
from clarity_pipeline.panel.views.sorting import in_order, turned
from clarity_pipeline.panel.views.sync_grid import DAYS_SHOWN, sync_grid
from clarity_pipeline.panel.views.transliteration import searchable, short_name_of
from clarity_pipeline.panel.views.wording import ago, instant, lane, number, purpose, reason
from clarity_pipeline.warehouse.published.published_days import AVERAGES, COUNTS, PublishedDay, Span

DAY = date(2026, 5, 3)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
RAGE, DEPTH = (next(each for each in METRICS["pages"] if each.name == name) for name in ("rage_clicks", "scroll_depth"))


def span(days: int, **values: Any) -> Span:
    return Span(days, dict.fromkeys((*COUNTS, *AVERAGES)) | values, ())


def served(day: date, **other: Any) -> PublishedDay:
    values: dict[str, Any] = dict.fromkeys(PublishedDay.__dataclass_fields__)
    known = {"business_id": "acme", "date": day, "sessions": 5, "devices": [], "truncated": False, "measures": {}}
    known["measures"] = {name: other.pop(name) for name in (*COUNTS, *AVERAGES) if name in other}
    return PublishedDay(**values | known | other)


def job(day: date = DAY, slice_name: str = "url_device", **other: Any) -> SyncJob:
    values: dict[str, Any] = dict.fromkeys(SyncJob.__dataclass_fields__)
    given = {"job_id": 1, "business_id": "acme", "date": day, "slice_name": slice_name, "attempt": 1, "calls": 1}
    return SyncJob(**values | given | {"state": "ok", "started_at": NOON, "loaded_at": NOON} | other)


@pytest.mark.parametrize(
    ("metric", "now", "before", "words", "verdict"),
    [
        (RAGE, span(7, rage_clicks=120), span(7, rage_clicks=100), "20% more than in the 7 days before", "worse"),
        (RAGE, span(7, rage_clicks=50), span(7, rage_clicks=100), "50% fewer than in the 7 days before", "better"),
        (RAGE, span(4, rage_clicks=40), span(7, rage_clicks=70), "as in the 7 days before", "same"),
        (RAGE, span(4, rage_clicks=80), span(7, rage_clicks=70), "100% more a day than in the 7 days before", "worse"),
        (RAGE, span(7, rage_clicks=3), span(7, rage_clicks=0), "none in the 7 days before", "worse"),
        (RAGE, span(7, rage_clicks=0), span(7, rage_clicks=0), "none, as in the 7 days before", "same"),
        (RAGE, span(7, rage_clicks=3), span(3, rage_clicks=9), "nothing to compare with in the 7 days before", "same"),
        (RAGE, span(7), span(7, rage_clicks=9), "nothing to compare with in the 7 days before", "same"),
        (DEPTH, span(4, scroll_depth=60.0), span(7, scroll_depth=50.0), "20% higher than in the 7 days before", "better"),
    ],
)
def test_a_change_is_by_day_with_data_and_never_out_of_half_a_span(
    metric: Metric, now: Span, before: Span, words: str, verdict: str
) -> None:
    found = change(metric, now, before, span=7)
    assert (found.words, found.verdict) == (words, verdict)


def test_what_numbers_cannot_say_is_said() -> None:
    days = [
        served(DAY, truncated=True),
        served(DAY + timedelta(days=1), quality="recovered"),
        served(DAY + timedelta(days=2), quality="shifted"),
    ]
    said = remarks(days, span=7)
    assert [sentence.split(":")[0] for sentence in said] == [
        "4 days of the 7 have no data; gaps are not zeros.",
        "Clarity cut its answer at 1,000 rows on 3 May",
        "4 May",
        "5 May",
    ]
    assert remarks([served(DAY, quality="aligned")], span=1) == []


def test_of_the_newest_cut_date_the_page_says_how_much_is_told() -> None:
    days = [served(DAY, truncated=True), served(DAY + timedelta(days=1), truncated=True)]

    def cut(day: date, share: float | None, slice_name: str = "url_device") -> CutLane:
        method = "uncut_lane" if share else None
        return CutLane("acme", day, slice_name, ("url", "device"), cut=True, covered_share=share, method=method)

    told = [cut(DAY + timedelta(days=1), 0.9, "url_source"), cut(DAY + timedelta(days=1), 0.62), cut(DAY, 0.3)]
    assert remarks(days, span=2, cut=told)[-1] == (
        "On 4 May the rows tell about 62% of the date's visits to pages, judging by a lane that is whole."
    )
    assert "nobody knows" in remarks(days, span=2, cut=[cut(DAY, None)])[-1]
    assert len(remarks(days, span=2)) == 1


def test_a_lane_of_the_grid_is_what_became_of_it_in_the_end() -> None:
    failed = job(state="failed", reason="unavailable", loaded_at=None)
    grid = sync_grid(
        [
            job(attempt=2), failed,
            job(slice_name="url_source"),
            job(slice_name="url_source", attempt=2, state="skipped", reason="disabled", loaded_at=None),
            job(slice_name="url_country", window_start=NOON - timedelta(days=2), window_end=NOON),
            job(DAY - timedelta(days=1), state="failed", reason="token_rejected", loaded_at=None),
        ],
        yesterday=DAY,
    )  # fmt: skip
    assert (len(grid.dates), grid.dates[-1]) == (DAYS_SHOWN, DAY)
    assert [cells[-1].outcome for _, cells in grid.rows] == ["ok", "ok", "recovered", "none"]
    assert [cells[-2].outcome for _, cells in grid.rows] == ["failed", "none", "none", "none"]
    assert [(lost.date, lost.lanes) for lost in grid.lost] == [(DAY - timedelta(days=1), "by device")]
    assert "Clarity rejects the token" in grid.lost[0].words
    assert {outcome for outcome, _, _ in grid.key} == {"ok", "recovered", "failed", "none"}
    assert len({cell.sign for _, cells in grid.rows for cell in cells}) == 4  # told apart without colour


def test_lanes_that_were_lost_for_one_reason_are_one_line() -> None:
    names = ("url_device", "url_source", "url_country", "url_campaign_channel")
    lost = sync_grid(
        [job(slice_name=name, state="skipped", reason="disabled", loaded_at=None) for name in names], yesterday=DAY
    ).lost
    assert [(each.lanes, each.words) for each in lost] == [("all four lanes", "skipped, no call made: the daily sync was paused")]


def test_a_code_without_words_is_shown_and_breaks_nothing() -> None:
    assert (reason("brand_new"), lane("url_browser"), purpose("sweep"), reason(None)) == ("brand new", "url browser", "sweep", "")


def test_nothing_is_a_dash_and_numbers_have_separators() -> None:
    assert (number(None), number(0), number(1234567), number(56.66, 1), instant(None)) == ("–", "0", "1,234,567", "56.7", "–")


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        ({"seconds": 5}, "just now"),
        ({"minutes": 1}, "1 minute ago"),
        ({"hours": 47}, "47 hours ago"),
        ({"days": 3}, "3 days ago"),
    ],
)
def test_how_long_ago(passed: dict[str, float], words: str) -> None:
    assert ago(NOON - timedelta(**passed), NOON) == words
    assert ago(None, NOON) == "never"


def test_rows_without_a_value_come_last_either_way() -> None:
    rows = [served(DAY, rage_clicks=2), served(DAY, rage_clicks=None), served(DAY, rage_clicks=9)]
    for sort, expected in (("rage_clicks", [2, 9, None]), ("-rage_clicks", [9, 2, None])):
        assert [each.number("rage_clicks") for each in in_order(rows, sort, value=PublishedDay.number)] == expected


def test_a_head_turns_its_own_order_around() -> None:
    assert [turned("-date", "date"), turned("date", "date"), turned("-date", "sessions"), turned("name", "name", first="")] == [
        "date", "-date", "-sessions", "-name",
    ]  # fmt: skip


def test_what_an_address_asks_for_and_nobody_knows_is_as_if_unasked() -> None:
    asked = Asked.of("/businesses/acme", {"span": "12", "urls": "password", "days": "-__class__"}, yesterday=DAY)
    assert (asked.span, asked.urls, asked.days) == (7, "-affected_sessions", "-date")
    assert (asked.href(), asked.href(span=28)) == ("/businesses/acme", "/businesses/acme?span=28")
    asked = Asked.of("/businesses/acme", {"span": "90", "days": "sessions"}, yesterday=DAY)
    assert asked.href(days="-sessions") == "/businesses/acme?span=90&days=-sessions"


def test_days_that_are_chosen_by_hand_are_kept_and_taken_along_until_a_span_is_chosen() -> None:
    asked = Asked.of("/b", {"from": "2026-04-01", "to": "2026-04-10", "days": "date"}, yesterday=DAY)
    assert (asked.span, asked.since, asked.until, asked.problem) == (10, date(2026, 4, 1), date(2026, 4, 10), "")
    assert asked.href(days="-sessions") == "/b?from=2026-04-01&to=2026-04-10&days=-sessions"
    assert asked.span_query == "?from=2026-04-01&to=2026-04-10"
    assert asked.href(span=28) == "/b?span=28&days=date"


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-04-10", "2026-04-01"), ("2026-04-01", "2026-05-04"), ("2020-01-01", "2026-05-03"), ("1 May", ""), ("", "2026-05-01")],
)
def test_days_that_cannot_be_shown_are_told_and_the_usual_ones_shown(first: str, last: str) -> None:
    asked = Asked.of("/b", {"from": first, "to": last}, yesterday=DAY)
    assert (asked.span, asked.until) == (7, None)
    assert "a last one that is not after 2026-05-03" in asked.problem


def test_a_change_within_chance_says_so_and_has_no_colour() -> None:
    found = change(RAGE, span(7, rage_clicks=120), span(7, rage_clicks=100), span=7, is_beyond_chance=False)
    assert (found.words, found.verdict) == ("20% more than in the 7 days before, within chance", "same")


@pytest.mark.parametrize(
    ("now", "before", "beyond"),
    [
        ([10, 11, 9, 10, 12, 10, 9], [10, 9, 11, 10, 10, 12, 9], False),
        ([20, 21, 19, 20, 22, 20, 19], [10, 9, 11, 10, 10, 12, 9], True),
        ([3, 40, 1, 22, 0, 31, 5], [2, 30, 0, 18, 1, 20, 2], False),
        ([5, 5, 5, 5], [5, 5, 5, 5], False),
        ([5, 5, 5, 5], [4, 4, 4, 4], True),
        ([90, 90, 90], [1, 1, 1], False),
    ],
)
def test_what_days_differ_by_anyway_is_chance(now: list[float], before: list[float], beyond: bool) -> None:
    assert is_beyond_chance(now, before) is beyond


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Acme Shop", "acme-shop"),
        ("Straße & Söhne", "strasse-sohne"),
        ("株式会社さくら", "zhushihuishesakura"),
        ("متجر", "mtjr"),
        ("Ελλάς", "ellas"),
        ("👑 Kings", "crown-kings"),
        ("“<b>” & 'co'", "b-co"),
        ("W" * 100, "w" * 63),
        ("…", ""),
    ],
)
def test_a_short_name_is_made_from_a_name_of_any_script(name: str, short: str) -> None:
    assert short_name_of(name) == short
    assert short == "" or is_slug(short)


@pytest.mark.parametrize(
    ("query", "name"),
    [("cafe", "Café Zürich"), ("LODZ", "Łódź"), ("さくら", "株式会社さくら"), ("ellas", "ΕΛΛΆΣ"), ("Straße", "STRASSE")],
)
def test_a_search_knows_neither_case_nor_accents_nor_script(query: str, name: str) -> None:
    assert searchable(query) in searchable(name)
    assert searchable("é") == searchable("e\u0301") == "e"
