"""A backtest says what the live run would have said: the same answers, the same incidents, as many messages."""

from collections import Counter
from datetime import date, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarity_pipeline.rules.backtest.backtest import Messages, backtest, kind_of
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.engine.known import Entity, Known
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import outbox, told
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline_tests.alerts.made_up import CLICKS, day, messages, run, stored
from clarity_pipeline_tests.rules.made_up import MONDAY, daily, days_from, evaluate, history, rule, threshold

AT_ONCE = threshold(window_days=1)


def test_a_backtest_says_how_much_data_there_was_and_on_which_days_the_rule_would_have_fired() -> None:
    about = daily(MONDAY, [10, 200, None, 200, 10, 10, None, 300])
    tried = backtest(rule(AT_ONCE, resolve_after_days=1), known=about, from_date=MONDAY, to_date=MONDAY + timedelta(days=8))
    ((subject, found),) = tried.items()
    assert subject == Subject("made-up", "acme")
    days = days_from(MONDAY, 9)
    assert (found.days, found.days_with_data) == (9, 6)
    assert found.fired_on == (days[1], days[3], days[7])
    assert found.unknown_on == (days[2], days[6], days[8])
    assert found.unknown == {"clarity_dead_clicks has no data": 3}
    assert [(each.opened_on, each.resolved_on, each.state) for each in found.incidents] == [
        (days[1], days[4], "resolved"),
        (days[7], None, "firing"),
    ]
    assert found.messages == Messages(opened=2, resolved=1, reminders=0)


def test_a_backtest_of_no_days_is_empty() -> None:
    assert backtest(rule(AT_ONCE), known=daily(MONDAY, []), from_date=MONDAY, to_date=MONDAY - timedelta(days=1)) == {}


def test_an_incident_that_did_not_hold_long_enough_is_told_to_nobody() -> None:
    about = daily(MONDAY, [200, 10, 200, 200, 10, 10])
    patient = rule(AT_ONCE, for_days=2, resolve_after_days=2)
    (found,) = backtest(patient, known=about, from_date=MONDAY, to_date=MONDAY + timedelta(days=5)).values()
    assert len(found.fired_on) == 3
    assert [(each.opened_on.day, each.firing_on.day) for each in found.incidents if each.firing_on] == [(4, 5)]
    assert found.messages == Messages(opened=1, resolved=1)


def test_each_page_and_each_ad_has_a_history_of_its_own() -> None:
    pages = {url: history(MONDAY, [{"sessions": 100, "dead_clicks": clicks}] * 3) for url, clicks in (("/a", 500), ("/b", 1))}
    ad = Entity("ad", "17", "Autumn", "/a", history(MONDAY, [{"spend": 9.5}, {"spend": 9.5}]))
    about = Known(business_id="acme", business=history(MONDAY, [{"sessions": 200}] * 3), pages=pages, entities=[ad])
    span = {"from_date": MONDAY, "to_date": MONDAY + timedelta(days=2)}
    on_pages = rule(threshold("url_clarity_dead_clicks", window_days=1), scope="url")
    found = backtest(on_pages, known=about, **span)
    assert {subject.entity: len(each.fired_on) for subject, each in found.items()} == {"/a": 3, "/b": 0}
    assert {(subject.scope, each.days_with_data) for subject, each in found.items()} == {("url", 3)}
    of_ads = rule(threshold("entity.spend", value=9, window_days=1), scope="ad")
    ((subject, one),) = backtest(of_ads, known=about, **span).items()
    assert (subject.entity, one.entity_name, len(one.fired_on)) == ("17", "Autumn", 2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    outcomes=st.lists(st.sampled_from(["fired", "fired", "not", "unknown"]), min_size=1, max_size=28),
    for_days=st.integers(1, 3),
    resolve_after_days=st.integers(1, 3),
    remind_after_days=st.none() | st.integers(1, 4),
)
def test_it_counts_the_messages_that_the_live_run_sends_day_by_day(
    state: StateDatabase,
    outcomes: list[Outcome],
    for_days: int,
    resolve_after_days: int,
    remind_after_days: int | None,
) -> None:
    with state.write() as connection:
        for table in (told, outbox, alerts, rule_evaluations):
            connection.execute(sa.delete(table))
    fields = {"for_days": for_days, "resolve_after_days": resolve_after_days, "remind_after_days": remind_after_days}
    by = stored(**fields)
    for number, outcome in enumerate(outcomes, start=1):
        run(state, {number: outcome}, by=by)
    sent = Counter(transition.rstrip("0123456789") for _, transition, _ in messages(state))
    about = daily(day(1), [CLICKS[outcome] for outcome in outcomes])
    (found,) = backtest(by.rule, known=about, from_date=day(1), to_date=date(2026, 11, len(outcomes))).values()
    counted = {"opened": found.messages.opened, "resolved": found.messages.resolved, "reminded": found.messages.reminders}
    assert {word.strip("-_ "): times for word, times in sent.items()} == {word: n for word, n in counted.items() if n}


def test_a_day_without_an_answer_is_counted_by_the_reason_that_its_evaluation_gives() -> None:
    about = daily(MONDAY, [5, 5, 5])
    spike = rule({"any": [{"spike": {"signal": "dead_click"}}, threshold("clarity_scroll_depth", window_days=2)]})
    (found,) = backtest(spike, known=about, from_date=MONDAY, to_date=MONDAY + timedelta(days=2)).values()
    said = [evaluate(spike, known=about, as_of=each).reason or "" for each in days_from(MONDAY, 3)]
    assert all(said)
    assert found.unknown == Counter(kind_of(each) for each in said)
