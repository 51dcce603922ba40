"""What people say to alerts, and what is told again: on the real database, through the real run."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarity_pipeline.alerts.people import InvalidSilence, People, UnknownAlert
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline_tests.alerts.made_up import NOW, incidents, messages, rows, run, stored

SOON = NOW + timedelta(days=7)


def said(state: StateDatabase) -> list[str]:
    return sorted(transition for _, transition, _ in messages(state))


def fire(state: StateDatabase, days: Iterable[int], by: StoredRule | None = None) -> None:
    for number in days:
        run(state, {number: "fired"}, by=by)


def people(state: StateDatabase, *, later: timedelta = timedelta()) -> People:
    return People(state, clock=lambda: NOW + later)


def the_alert(state: StateDatabase) -> str:
    (alert_id,) = rows(state, alerts, "alert_id")
    return str(alert_id)


def test_nobody_hears_of_what_has_not_held_long_enough(any_state: StateDatabase) -> None:
    patient = stored(for_days=3)
    fire(any_state, (1, 2), patient)
    assert (said(any_state), rows(any_state, alerts, "state")) == ([], ["pending"])
    fire(any_state, (3,), patient)
    assert (said(any_state), rows(any_state, alerts, "state")) == (["opened"], ["firing"])


def test_what_was_pending_and_passed_is_forgotten(any_state: StateDatabase) -> None:
    patient = stored(for_days=2)
    fire(any_state, (1,), patient)
    run(any_state, {2: "not"}, by=patient)
    assert (said(any_state), rows(any_state, alerts, "state")) == ([], [])


def test_a_told_alert_that_a_second_run_makes_pending_again_is_resolved(state: StateDatabase) -> None:
    patient = stored(for_days=2)
    fire(state, (1, 2), patient)
    run(state, {1: "not", 2: "fired"}, by=patient)
    assert said(state) == ["opened", "resolved"]
    assert sorted(rows(state, alerts, "state")) == ["pending", "resolved"]


def test_it_is_told_again_every_week_once(any_state: StateDatabase) -> None:
    fire(any_state, range(1, 23))
    fire(any_state, (22, 21, 15, 8))
    assert said(any_state) == ["opened", "reminded-1", "reminded-2", "reminded-3"]


@pytest.mark.parametrize("quiet", [{"remind_after_days": None}, {"severity": "info"}])
def test_who_wants_no_reminder_gets_none(state: StateDatabase, quiet: dict[str, object]) -> None:
    fire(state, range(1, 20), stored(**quiet))
    assert said(state) == ["opened"]


def test_nobody_is_reminded_of_what_cannot_be_told_any_more(state: StateDatabase) -> None:
    fire(state, (1, 2))
    for number in range(3, 12):
        run(state, {number: "unknown"})
    assert said(state) == ["opened"]
    assert [day.day for day in rows(state, alerts, "unknown_since")] == [3]


def test_who_has_seen_it_is_not_reminded_and_hears_of_its_end(any_state: StateDatabase) -> None:
    fire(any_state, (1,))
    seen = people(any_state).acknowledge(the_alert(any_state)[:8], author="ann", note="looking into it")
    assert (seen.author, seen.note, seen.at) == ("ann", "looking into it", NOW)
    assert people(any_state, later=timedelta(hours=1)).acknowledge(the_alert(any_state), author="bob") == seen
    fire(any_state, range(2, 12))
    run(any_state, {12: "not"})
    assert said(any_state) == ["opened", "resolved"]


def test_a_silence_holds_back_every_message_and_no_incident(any_state: StateDatabase) -> None:
    people(any_state).silence(rule_id="made-up", business_id="acme", until=SOON, reason="relaunch", author="ann")
    fire(any_state, (1, 2))
    assert (said(any_state), incidents(any_state)) == ([], [(1, 2, None)])
    run(any_state, {2: "fired"}, business="bolt")
    assert said(any_state) == ["opened"]


def test_what_still_fires_when_a_silence_ends_is_told(any_state: StateDatabase) -> None:
    voice = people(any_state)
    quiet = voice.silence(rule_id=None, business_id="acme", until=SOON, reason="relaunch", author="ann")
    fire(any_state, (1,))
    assert voice.end(quiet.silence_id, author="bob") == quiet
    assert voice.silences() == ()
    fire(any_state, (2,))
    assert said(any_state) == ["opened"]
    with pytest.raises(InvalidSilence, match="no silence of number"):
        voice.end(quiet.silence_id, author="bob")


def test_an_end_that_came_during_a_silence_is_told_after_it(state: StateDatabase) -> None:
    fire(state, (1,))
    voice = people(state)
    quiet = voice.silence_alert(the_alert(state), until=SOON, reason="known", author="ann")
    run(state, {2: "not"})
    assert said(state) == ["opened"]
    voice.end(quiet.silence_id, author="ann")
    run(state, {3: "not"})
    assert said(state) == ["opened", "resolved"]


def test_a_silence_of_an_alert_is_about_its_rule_and_business_alone(state: StateDatabase) -> None:
    fire(state, (1,))
    people(state).silence_alert(the_alert(state), until=SOON, reason="known", author="ann")
    run(state, {1: "fired"}, by=stored(id="other"))
    assert said(state) == ["opened", "opened"]


def test_a_silence_that_has_run_out_silences_nothing(state: StateDatabase) -> None:
    people(state, later=-timedelta(days=9)).silence(
        rule_id=None, business_id="acme", until=NOW - timedelta(days=1), reason="over", author="ann"
    )
    fire(state, (1,))
    assert said(state) == ["opened"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"until": NOW}, "ends after now and within a year"),
        ({"until": NOW + timedelta(days=400)}, "for longer switch the rule off"),
        ({"reason": " "}, "one line"),
        ({"reason": "a\nb"}, "one line"),
        ({"business_id": None}, "name one"),
    ],
)
def test_a_silence_that_says_nothing_or_never_ends_is_refused(state: StateDatabase, asked: dict[str, object], says: str) -> None:
    given = {"rule_id": None, "business_id": "acme", "until": SOON, "reason": "why", "author": "ann", **asked}
    with pytest.raises(InvalidSilence, match=says):
        people(state).silence(**given)  # type: ignore[arg-type]
    assert people(state).silences() == ()


def test_an_alert_is_found_by_a_beginning_that_is_its_alone(state: StateDatabase) -> None:
    fire(state, (1,))
    fire(state, (1,), stored(id="other"))
    for wrong in ("", "%", "zz", "\x1b[31m"):
        with pytest.raises(UnknownAlert, match="shows their ids"):
            people(state).acknowledge(wrong, author="ann")


OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(["fired", "fired", "not", "unknown"])
HISTORY = st.dictionaries(st.integers(1, 14), OUTCOMES, min_size=1, max_size=14)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(HISTORY, st.integers(1, 3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_days_run_again_in_any_order_tell_nothing_twice(
    state: StateDatabase, history: dict[int, Outcome], for_days: int, resolve_after_days: int, random: object
) -> None:
    by = stored(for_days=for_days, resolve_after_days=resolve_after_days, remind_after_days=3, id=f"r{next(_NUMBERS)}")
    for number in sorted(history):
        run(state, {number: history[number]}, by=by)
    first = _of(state, by)
    again = sorted(history)
    random.shuffle(again)  # type: ignore[attr-defined]
    for number in again:
        assert run(state, {number: history[number]}, by=by).messages == 0
    assert run(state, history, by=by).messages == 0
    assert _of(state, by) == first
    for alert_id in {alert for alert, _ in first}:
        told = [transition for alert, transition in first if alert == alert_id]
        assert len(told) == len(set(told))
        assert "opened" in told


_NUMBERS = iter(range(10**6))


def _of(state: StateDatabase, by: StoredRule) -> list[tuple[str, str]]:
    mine = {row[0] for row in rows(state, alerts, "alert_id", "rule_id") if row[1] == by.rule.id}
    return [(alert, transition) for alert, transition, _ in messages(state) if alert in mine]
