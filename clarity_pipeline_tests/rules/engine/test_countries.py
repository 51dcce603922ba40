"""Where one country counts anew, rules go on with the rest of the site or say that they cannot. A site of one page, by hand.

Germany's 100 visits of 2.8 pages become 270 of one, America's 150 stay: of 250 sessions 20 have dead clicks, of 420 still 20.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.alerts.messages.explanation import facts
from clarity_pipeline.rules.engine.evaluate import answers
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.engine.known import Change, Known
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.trust.regime import Event
from clarity_pipeline_tests.rules.made_up import change, history, rule, threshold

START, LOST, LAST = date(2026, 10, 3), date(2026, 10, 31), date(2026, 11, 7)
PAGE, GERMAN_PAGE = "https://shop.example/", "https://shop.example/de/"
WHY = "visits from Germany (64 % of the site) count anew since 31 October"
GERMANY = Event(
    "consent_missing",
    LOST,
    None,
    1.0,
    2.8,
    "pages a session fell to 1.00 from 2.80",
    START,
    LOST - timedelta(days=1),
    country="Germany",
    countries=("Germany",),
    share_before=100 / 250,
    share_after=270 / 420,
)


def day(sessions: int, active_s: float, *, dead: int = 20, page_views: int = 0) -> dict[str, float | int]:
    weighted = {"engagement_time_sum": 1000 * active_s * sessions, "scroll_depth_sum": 50.0 * sessions}
    weights = {"engagement_time_sessions": sessions, "scroll_depth_sessions": sessions}
    counts = {"sessions": sessions, "visits": sessions, "bot_sessions": 0, "dead_clicks": dead, "dead_click_sessions": dead}
    return {**counts, **weighted, **weights}


BEFORE, SINCE, AMERICA = day(250, 60.0), day(420, (270 * 22 + 150 * 60) / 420), day(150, 60.0, dead=12)


def site(
    event: Event = GERMANY, *, since: int = 8, after: int = 0, last: Mapping[str, Any] | None = None, **fields: Any
) -> Known:
    """28 days of before, some since and some after, of the whole business and of what is left without Germany."""
    whole = [BEFORE] * 28 + [SINCE] * since + [BEFORE] * after
    rest = [AMERICA] * len(whole)
    if last:
        whole[-1], rest[-1] = {**whole[-1], **last}, {**rest[-1], **last}
    given = {"rest": history(START, rest), "left_out": ("Germany",)} | fields
    business = history(START, whole)
    return Known(business_id="acme", business=business, site=business, events=[event], **given)


def judged(asked: Rule | dict[str, Any], known: Known, *, on: date = LAST, scope: str = "business") -> Evaluation:
    found = answers(asked if isinstance(asked, Rule) else rule(asked, scope=scope), known=known, as_of=on)
    return found[0].evaluation()


def of_library(name: str) -> Rule:
    return next(each.rule for each in library() if each.rule.id == name)


def unaware(known: Known) -> Known:
    """The same as if nobody had seen anything: the naive version."""
    return replace(known, events=())


def test_engagement_of_the_rest_did_not_fall_where_that_of_all_visits_seems_to() -> None:
    asked = of_library("engagement-fell")
    naive, found = judged(asked, unaware(site())), judged(asked, site())
    assert (naive.outcome, found.outcome) == ("fired", "not")
    (engagement, _) = found.evidence
    assert (engagement.value, engagement.normal) == (60_000, 60_000), "America's, in window and baseline alike"
    assert engagement.without == f"{WHY}, so they are left out"


def test_dead_clicks_are_tested_against_the_rest_with_its_own_limit() -> None:
    asked = of_library("dead-clicks-jump")
    jump = {"dead_click_sessions": 44, "dead_clicks": 44}  # on the last day, all of them America's
    naive, found = judged(asked, unaware(site(last=jump))), judged(asked, site(last=jump))
    assert (naive.outcome, found.outcome) == ("not", "fired")
    (seen,) = found.evidence
    assert (seen.value, seen.sessions) == (44, 150)
    assert naive.evidence[0].threshold is not None
    assert seen.threshold is not None
    assert seen.threshold < 44 < naive.evidence[0].threshold
    assert ("Left out", f"{WHY}, so they are left out") in facts(
        found, scope="business", entity="", entity_name=None, incident=Incident(LAST, LAST, LAST, None)
    )
    assert found.series is not None
    assert found.series.values[-1] == 44 / 150, "the chart is of what was asked"


@pytest.mark.parametrize(
    ("asked", "scope", "share"),
    [
        (threshold("clarity_dead_clicks", value=1), "business", "64 % of the site"),
        (threshold("clarity_site_dead_click_rate", value=0.0), "business", "64 % of the site"),
        (threshold("url_clarity_dead_click_rate", value=0.0), "url", "90 % of the page"),
        ({"spike": {"signal": "dead_click"}}, "url", "90 % of the page"),
    ],
    ids=["a count against a limit", "the totals", "a page", "a test of a page"],
)
def test_what_cannot_do_without_a_country_says_so(asked: dict[str, Any], scope: str, share: str) -> None:
    known = site(pages={GERMAN_PAGE: history(START, [BEFORE] * 28 + [SINCE] * 8)}, page_shares={GERMAN_PAGE: 0.9})
    found = judged(asked, known, scope=scope)
    assert found.is_muted
    assert found.reason == f"muted while this lasts: visits from Germany ({share}) count anew since 31 October"


def test_a_page_that_hardly_anybody_of_the_country_sees_goes_on() -> None:
    known = site(pages={PAGE: history(START, [BEFORE] * 36)}, page_shares={PAGE: 0.04})
    asked = threshold("url_clarity_dead_click_rate", value=0.05)
    assert judged(asked, known, scope="url").outcome == "fired"
    assert judged(asked, replace(known, page_shares={PAGE: 0.06}), scope="url").is_muted


def test_rates_and_averages_against_a_limit_are_asked_of_the_rest() -> None:
    rate = threshold("clarity_dead_click_rate", value=0.06)
    assert judged(rate, unaware(site())).outcome == "not", "20 of 420 are 4.8 %"
    found = judged(rate, site())
    assert (found.outcome, found.evidence[0].value) == ("fired", 12 / 150), "of the rest it is still 8 %"


def test_without_a_lane_of_countries_nothing_is_left_to_ask() -> None:
    rate = threshold("clarity_dead_click_rate", value=0.06)
    assert judged(rate, site(rest=None)).reason == f"muted while this lasts: {WHY}"
    gap = history(START, [AMERICA] * 35)
    assert judged(rate, site(rest=gap)).is_muted, "the day itself is not in the lane"


def test_a_country_of_up_to_a_twentieth_moves_nothing_enough() -> None:
    rate = threshold("clarity_dead_click_rate", value=0.06)
    for share, outcome in ((0.05, "not"), (0.051, "fired")):
        small = replace(GERMANY, share_before=0.02, share_after=share)
        assert judged(rate, site(small)).outcome == outcome


def test_a_week_is_moved_by_the_days_of_it_that_count_anew() -> None:
    """A fifth of the site: one day of seven is 2.9 % of the week, two days are 5.7 %."""
    fifth = replace(GERMANY, share_before=0.1, share_after=0.2)
    week = threshold("clarity_dead_click_rate", value=0.06, window_days=7)
    assert judged(week, site(fifth, since=1), on=LOST).evidence[0].without is None
    assert judged(week, site(fifth, since=2), on=LOST + timedelta(days=1)).evidence[0].without is not None


def test_after_the_end_what_compares_goes_on_with_the_rest_until_no_day_of_it_is_left() -> None:
    """Eight days since, then it is as before: sessions of four Saturdays seem to fall, or a week to engage more."""
    over = replace(GERMANY, ended_on=LAST)
    asked = change("clarity_sessions", window_days=7, baseline_days=7, operator="at_most", ratio=0.7, floor=1)
    on = LAST + timedelta(days=7)
    known = site(over, after=7)
    assert judged(asked, unaware(known), on=on).outcome == "fired", "1,750 after 2,940"
    found = judged(asked, known, on=on)
    assert (found.outcome, found.evidence[0].value) == ("not", 7 * 150)
    later = judged(asked, site(over, after=14), on=LAST + timedelta(days=14))
    assert (later.outcome, later.evidence[0].without, later.evidence[0].value) == ("not", None, 7 * 250)


def test_what_lasts_does_not_mute_for_ever() -> None:
    """As for the whole site: after 28 days it is normal, and what compares is of all visits again when all its days are."""
    lasted = replace(GERMANY, ended_on=LOST + timedelta(days=27))
    known = site(lasted, since=70)
    limit = threshold("clarity_dead_click_rate", value=0.04)
    assert judged(limit, known, on=LOST + timedelta(days=27)).evidence[0].without
    assert judged(limit, known, on=LOST + timedelta(days=28)).evidence[0].value == 20 / 420
    asked = change("clarity_dead_click_rate", window_days=7, baseline_days=28, floor=0.001)
    # 35 days are in it on the 35th: of 28 before that one is 30 October, 64 % x 1/28 = 2.3 %, and two are 4.6 %
    for after, without in ((31, True), (32, False), (40, False)):
        found = judged(asked, known, on=LOST + timedelta(days=after)).evidence[0]
        assert bool(found.without) is without, after
    spike = judged(of_library("dead-clicks-jump"), known, on=LOST + timedelta(days=40)).evidence[0]
    assert (spike.without, spike.sessions, spike.verdict) == (None, 420, False)


def test_a_marked_change_of_the_site_is_judged_by_the_rest_and_one_of_a_page_is_not() -> None:
    asked = {"since_change": {"signal": "dead_click"}}
    pages = {PAGE: history(START, [BEFORE] * 28 + [SINCE] * 8)}
    marked = LAST - timedelta(days=3)
    whole = judged(asked, site(changes=[Change(None, marked)]))
    assert whole.evidence[0].without
    assert whole.evidence[0].value == 3 * 12
    assert judged(asked, site(changes=[Change(PAGE, marked)], pages=pages)).is_muted
