"""Leaves that ask for chance: what they may compare with, on which place, and how pages are held against each other."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.rules.engine.comparable import comparable_days
from clarity_pipeline.rules.engine.evaluate import answers, evaluate_days
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.history import Days, History, Version
from clarity_pipeline.rules.engine.known import Change, Entity, Known, View
from clarity_pipeline.trust.regime import Event
from clarity_pipeline_tests.rules.made_up import MONDAY, Numbers, days_from, evaluate, history, known, rule, threshold

DAYS = days_from(MONDAY, 60)
SPIKE = {"spike": {"signal": "rage_click"}}
SINCE = {"since_change": {"signal": "rage_click"}}


def traffic(rage: Sequence[int | None], *, sessions: int = 2000, **more: int) -> list[Numbers | None]:
    """Days with so many sessions that have rage clicks, twice as many clicks; None is a day without data."""
    wobble = (0, 3, -2, 1, -3, 2, -1)
    return [
        None
        if each is None
        else {
            "sessions": sessions,
            "rage_click_sessions": each + wobble[place % 7],
            "rage_clicks": 2 * each,
            **more,
        }
        for place, each in enumerate(rage)
    ]


def judged(rage: Sequence[int | None], when: dict[str, Any] = SPIKE, **fields: Any) -> Evaluation:
    """On the last day given."""
    return evaluate(rule(when), known=known(MONDAY, traffic(rage), **fields), as_of=DAYS[len(rage) - 1])


def test_a_spike_fires_with_its_numbers_its_chance_and_its_own_sentence() -> None:
    found = judged([80] * 40 + [240])
    (leaf,) = found.evidence
    assert (found.outcome, leaf.kind, leaf.metric, leaf.value) == ("fired", "spike", "clarity_rage_click_sessions", 242.0)
    assert leaf.normal == pytest.approx(80, rel=0.02)
    assert leaf.p is not None
    assert leaf.p < 0.001
    assert leaf.threshold is not None
    assert leaf.normal < leaf.threshold < 242
    assert leaf.said is not None
    assert leaf.said.startswith("242 visits with it in 2,000 visits on 2026-12-12, 80")
    assert found.series is not None
    assert (found.series.metric, found.series.values[-1]) == ("clarity_rage_click_session_share", 0.121)
    assert found.series.normal == pytest.approx(0.04, rel=0.02)


def test_an_ordinary_day_is_none_and_a_new_site_is_unknown_with_its_reason() -> None:
    assert judged([80] * 41).outcome == "not"
    young = judged([80] * 10)
    assert young.outcome == "unknown"
    assert young.reason is not None
    assert young.reason.startswith("visits of pages with rage clicks: not enough days to compare with: ")
    assert judged([80] * 40 + [None]).reason == "clarity_rage_click_sessions has no data on 2026-12-12"


def test_too_few_sessions_for_the_rule_are_unknown_even_where_the_test_would_say() -> None:
    asked = {"spike": {"signal": "rage_click", "min_sessions": 2001}}
    found = judged([80] * 40 + [240], asked)
    assert (found.outcome, found.reason) == ("unknown", "only 2,000 visits up to 2026-12-12, the rule wants 2,001")


def test_the_days_it_fired_on_are_no_baseline_of_the_days_behind_them() -> None:
    """A test that feeds on its own incident finds the third week of it normal, and stops long before people have mended it."""
    rage = [80] * 40 + [160] * 14
    about, asked = known(MONDAY, traffic(rage)), rule(SPIKE)
    fold = {answer.date: answer for answer in evaluate_days(asked, known=about, days=DAYS[40:54])}
    assert {answer.outcome for answer in fold.values()} == {"fired"}
    last = fold[DAYS[53]].evaluation().evidence[0]
    naive = answers(asked, known=about, as_of=DAYS[53])[0].evaluation().evidence[0]
    assert last.normal == pytest.approx(80, rel=0.03)
    assert naive.normal is not None
    assert naive.normal > 95


def test_a_day_that_no_longer_fires_when_it_is_judged_again_is_an_incident_no_more() -> None:
    about, asked = known(MONDAY, traffic([80] * 58)), rule(SPIKE)
    stale = {"": {DAYS[45], DAYS[46]}}
    again = list(evaluate_days(asked, known=about, days=DAYS[45:58], fired_on=stale))
    fresh = list(evaluate_days(asked, known=about, days=DAYS[45:58]))
    assert again[-1].evaluation() == fresh[-1].evaluation()
    assert answers(asked, known=about, as_of=DAYS[57], fired_on=stale)[0].evaluation() != fresh[-1].evaluation()


def event(started: int, ended: int | None, kind: str = "site_host") -> Event:
    return Event(kind, DAYS[started], None if ended is None else DAYS[ended], 1.0, 0.0, "moved")  # type: ignore[arg-type]


def test_days_of_a_regime_event_are_no_baseline() -> None:
    rage = [80] * 35 + [200] * 5 + [80] * 8
    found = judged(rage, events=[event(35, 39)]).evidence[0].normal
    assert found == pytest.approx(80, rel=0.02)
    assert judged(rage).evidence[0].normal != pytest.approx(80, rel=0.02)


def test_what_lasted_four_weeks_is_the_new_normal_and_what_was_before_is_not_compared_with_it() -> None:
    rage = [20] * 25 + [160] * 34
    leaf = judged(rage, events=[event(25, 52)]).evidence[0]
    assert leaf.normal == pytest.approx(160, rel=0.02)
    assert judged(rage, events=[event(25, 52, "tracking_gap")]).outcome == "unknown"


def test_a_regime_event_leaves_rules_over_claritys_numbers_without_an_answer_and_others_alone() -> None:
    rage = [80] * 40 + [240]
    muted = judged(rage, events=[event(38, None)])
    assert (muted.outcome, muted.reason) == ("unknown", f"muted while this lasts: site_host since {DAYS[38]}: moved")
    assert (muted.evidence[0].verdict, muted.evidence[0].muted, muted.evidence[0].value) == (None, True, 242)
    gone = {"connection": {"state": "missing_data"}}
    assert judged([80] * 40 + [None], gone, events=[event(38, None, "tracking_gap")]).outcome == "fired"
    sessions = threshold("clarity_sessions", "above", 1, window_days=1)
    assert judged(rage, sessions, events=[event(38, None, "tracking_gap")]).outcome == "fired"
    assert judged(rage, sessions, events=[event(40, 40, "new_connection")]).outcome == "fired"
    assert judged(rage, events=[event(40, 40, "new_connection")]).outcome == "unknown"


def site_of_pages(rage: dict[str, Sequence[int | None]], **fields: Any) -> Known:
    pages = {url: history(MONDAY, traffic(each)) for url, each in rage.items()}
    longest = max(map(len, rage.values()))
    return Known(business_id="acme", business=history(MONDAY, traffic([80] * longest)), pages=pages, **fields)


def outcomes(when: dict[str, Any], about: Known, as_of: date, **fields: Any) -> dict[str, str]:
    return {answer.entity: answer.outcome for answer in answers(rule(when, **fields), known=about, as_of=as_of)}


def test_a_rule_about_pages_is_asked_of_each_of_the_busiest_and_says_which() -> None:
    quiet = {f"https://a.example/{n}": [80] * 41 for n in range(5)}
    about = site_of_pages({**quiet, "https://a.example/broken": [80] * 40 + [240]})
    found = outcomes(SPIKE, about, DAYS[40], scope="url")
    assert found == {**dict.fromkeys(quiet, "not"), "https://a.example/broken": "fired"}
    assert len(outcomes(SPIKE, about, DAYS[40], scope="url", top=2)) == 2


def test_the_spikes_of_pages_are_held_against_each_other() -> None:
    """p is 0.0004: alone that is beyond 1 in 1,000, among forty pages it is nothing."""
    rage = [80] * 40 + [126]
    alone = {"https://a.example/odd": rage}
    assert outcomes(SPIKE, site_of_pages(alone), DAYS[40], scope="url") == {"https://a.example/odd": "fired"}
    crowd = {f"https://a.example/{n}": [80] * 41 for n in range(39)}
    found = outcomes(SPIKE, site_of_pages({**alone, **crowd}), DAYS[40], scope="url", top=40)
    assert set(found.values()) == {"not"}


def test_metrics_of_a_page_are_its_own_and_those_of_the_business_stay() -> None:
    about = site_of_pages({"https://a.example/": [80] * 7})
    both = {
        "all": [
            threshold("url_clarity_rage_clicks", "at_least", 7 * 160),
            threshold("clarity_sessions", "at_least", 7 * 2000),
        ]
    }
    (answer,) = answers(rule(both, scope="url"), known=about, as_of=DAYS[6])
    assert answer.outcome == "fired"


def ad(level: str, url: str | None, spend: Sequence[float | None], entity_id: str = "c1") -> Entity:
    days = history(MONDAY, [None if each is None else {"spend": each} for each in spend])
    return Entity(level, entity_id, "Winter sale", url, days)


def test_an_ad_is_judged_by_its_own_numbers_its_landing_page_and_the_business() -> None:
    page = "https://a.example/lp"
    entities = [
        ad("campaign", page, [10.1] * 7),
        ad("campaign", None, [10.1] * 7, "c2"),
        ad("ad", page, [10.1] * 7, "a1"),
        ad("campaign", page, [10.1] + [None] * 7, "gone"),
    ]
    about = site_of_pages({page: [80] * 8}, entities=entities)
    spend = threshold("entity.spend", "at_least", 70.7, min_coverage=0.7)
    assert outcomes(spend, about, DAYS[6], scope="campaign") == {"c1": "fired", "c2": "fired", "gone": "unknown"}
    assert outcomes(spend, about, DAYS[7], scope="campaign") == {"c1": "unknown", "c2": "unknown"}
    both = {"all": [spend, threshold("url_clarity_rage_click_rate", "above", 0.05)]}
    assert outcomes(both, about, DAYS[6], scope="campaign") == {"c1": "fired", "c2": "unknown", "gone": "unknown"}
    (answer,) = answers(rule(spend, scope="ad"), known=about, as_of=DAYS[6])
    assert (answer.entity, answer.entity_name) == ("a1", "Winter sale")


def test_a_rule_on_spend_still_answers_when_clarity_has_no_data() -> None:
    about = Known(business_id="acme", entities=[ad("campaign", None, [100.0] * 7)], events=[event(0, None, "tracking_gap")])
    either = {"any": [threshold("entity.spend", "above", 600), threshold("clarity_rage_click_rate", "above", 0.1)]}
    assert outcomes(threshold("entity.spend", "above", 600), about, DAYS[6], scope="campaign") == {"c1": "fired"}
    quiet = Known(business_id="acme", entities=[ad("campaign", None, [100.0] * 7)])
    assert outcomes(either, quiet, DAYS[6], scope="campaign") == {"c1": "fired"}


def test_ads_that_lead_to_one_page_are_one_test_of_it() -> None:
    page = "https://a.example/lp"
    many = [ad("ad", page, [1.0] * 41, f"a{n}") for n in range(40)]
    about = site_of_pages({page: [80] * 40 + [126]}, entities=many)
    assert set(outcomes(SPIKE, about, DAYS[40], scope="ad").values()) == {"fired"}


def changed(rage: Sequence[int | None], *changes: Change, when: dict[str, Any] = SINCE) -> Evaluation:
    return judged(rage, when, changes=changes)


def test_since_a_change_is_asked_of_the_newest_marker_that_concerns_it() -> None:
    rage = [80] * 30 + [80] + [200] * 8
    worse = changed(rage, Change(None, DAYS[30]))
    (leaf,) = worse.evidence
    assert (worse.outcome, leaf.kind) == ("fired", "since_change")
    assert leaf.said is not None
    assert leaf.said.startswith(f"worse since {DAYS[30]}: 2.50 times the rate before it")
    assert changed(rage, Change(None, DAYS[29]), Change(None, DAYS[30])).evidence[0].from_date == DAYS[31]
    assert changed([80] * 39, Change(None, DAYS[30])).outcome == "not"
    assert changed(rage[:31], Change(None, DAYS[30])).outcome == "unknown"


def test_without_a_change_nothing_is_worse_since_and_without_data_not_even_that_is_said() -> None:
    none = changed([80] * 39)
    assert (none.outcome, none.evidence[0].said) == ("not", "no change is marked in the 28 days before")
    assert changed([80] * 59, Change(None, DAYS[20])).outcome == "not"
    assert changed([80] * 38 + [None]).outcome == "unknown"
    assert changed([80] * 39, Change(None, DAYS[45])).outcome == "not"


def test_a_change_of_one_page_is_looked_up_on_that_page() -> None:
    page = "https://a.example/new"
    about = site_of_pages({page: [80] * 31 + [200] * 8, "https://a.example/": [80] * 39}, changes=[Change(page, DAYS[30])])
    assert evaluate(rule(SINCE), known=about, as_of=DAYS[38]).outcome == "fired"
    assert outcomes(SINCE, about, DAYS[38], scope="url") == {page: "fired", "https://a.example/": "not"}
    least = outcomes(SINCE, about, DAYS[38], scope="url", top=1)
    assert least[page] == "fired"


@pytest.mark.parametrize(
    ("state", "connection", "data", "outcome"),
    [
        ("stale", frozenset({"stale"}), 80, "fired"),
        ("stale", frozenset(), 80, "not"),
        ("rejected", frozenset({"rejected"}), None, "fired"),
        ("rejected", None, 80, "unknown"),
        ("missing_data", None, None, "fired"),
        ("missing_data", None, 80, "not"),
    ],
)
def test_the_connection_can_be_asked(state: str, connection: frozenset[str] | None, data: int | None, outcome: str) -> None:
    about = {"connection": connection, "connection_on": DAYS[10]}
    assert judged([80] * 10 + [data], {"connection": {"state": state}}, **about).outcome == outcome


def test_how_a_connection_was_on_an_earlier_day_is_not_made_up() -> None:
    found = judged([80] * 5, {"connection": {"state": "stale"}}, connection=frozenset({"stale"}), connection_on=DAYS[30])
    assert (found.outcome, found.reason) == ("unknown", f"how the connection was on {DAYS[4]} is not kept")


def test_the_quality_of_an_answer_says_what_its_days_are_like() -> None:
    marks: list[dict[str, Any]] = [
        {},
        {"quality": "recovered"},
        {"quality": "shifted"},
        {"truncated": True, "covered_share": 0.8},
    ]
    versions = [Version(date=day, values=(100,), **mark) for day, mark in zip(DAYS, marks, strict=False)]
    about = Known(business_id="acme", business=History(["sessions"], versions))
    quality = evaluate(rule(threshold("clarity_sessions", window_days=5)), known=about, as_of=DAYS[4]).quality
    assert quality is not None
    assert (quality.days_with_data, quality.recovered, quality.shifted, quality.truncated) == (4, 1, 1, 1)
    assert (quality.covered_share, quality.from_date) == (0.8, DAYS[4] - timedelta(days=4))


def test_a_test_of_a_signal_leaves_out_the_sessions_that_it_does_not_tell_of() -> None:
    version = Version(date=DAYS[0], values=(100, 5, 9), left_out={"dead_clicks": 20, "dead_click_sessions": 30})
    days = Days(("sessions", "dead_click_sessions", "dead_clicks"), {DAYS[0]: version})
    view = View(Known(business_id="acme"), DAYS[0])
    (day,) = comparable_days("dead_click", days, view, DAYS[0], DAYS[0], frozenset())
    assert (day.sessions, day.signal_sessions, day.events) == (70, 5, 9)
