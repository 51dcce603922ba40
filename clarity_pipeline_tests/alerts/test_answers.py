"""What people decide about alerts, on the real database: places, history, reminders, and how right a rule was."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clarity_pipeline.alerts.answers import Answers, InvalidAnswer
from clarity_pipeline.alerts.inbox import Inbox, Wanted, inbox
from clarity_pipeline.alerts.listing import alert_in_full
from clarity_pipeline.alerts.people import InvalidSilence, People, UnknownAlert
from clarity_pipeline.alerts.precision import precision
from clarity_pipeline.panel.access.accounts import Accounts
from clarity_pipeline.panel.access.policy import Role
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alert_history, alerts
from clarity_pipeline_tests.alerts.made_up import NOW, messages, rows, run, stored

SOON = NOW + timedelta(days=7)
ALL = Wanted(place=None)


def answers(state: StateDatabase, *, later: timedelta = timedelta()) -> Answers:
    return Answers(state, clock=lambda: NOW + later)


def opened(state: StateDatabase, *, business: str = "acme", rule: str = "made-up", severity: str = "warning") -> str:
    """A new alert, and its id."""
    before = set(rows(state, alerts, "alert_id"))
    run(state, {1: "fired"}, business=business, by=stored(id=rule, severity=severity))
    (new,) = set(rows(state, alerts, "alert_id")) - before
    return str(new)


def colleague(state: StateDatabase, email: str = "ann@agency.example", role: Role = "agency_member") -> int:
    accounts = Accounts(state, clock=lambda: NOW)
    return accounts.create(email, name="Ann", role=role, password_phc="x", business_ids=()).user_id


def at(state: StateDatabase, wanted: Wanted = ALL, *, later: timedelta = timedelta()) -> Inbox:
    return inbox(state, wanted, now=NOW + later)


def place(state: StateDatabase, alert_id: str, *, later: timedelta = timedelta()) -> str:
    (found,) = [each.place for each in at(state, later=later).alerts if each.alert_id == alert_id]
    return found


def did(state: StateDatabase, alert_id: str) -> list[str]:
    return [each["sentence"] for each in alert_in_full(state, alert_id, now=NOW)["history"]]


def test_an_alert_goes_through_the_places_and_its_history_tells_each_step(any_state: StateDatabase) -> None:
    alert_id, deciding = opened(any_state), answers(any_state)
    assert place(any_state, alert_id) == "open"
    deciding.acknowledge([alert_id[:8]], author="panel:ann@agency.example", note="looking")
    assert place(any_state, alert_id) == "acknowledged"
    deciding.snooze([alert_id], until=SOON, author="panel:ann@agency.example")
    assert place(any_state, alert_id) == "silenced"
    assert place(any_state, alert_id, later=timedelta(days=8)) == "acknowledged", "it wakes by itself"
    deciding.close([alert_id], outcome="fixed", note="the button works", author="panel:max@agency.example")
    assert place(any_state, alert_id) == "resolved"
    deciding.reopen([alert_id], author="panel:ann@agency.example")
    assert place(any_state, alert_id) == "open"
    deciding.silence([alert_id], until=SOON, reason="relaunch", author="panel:ann@agency.example")
    assert place(any_state, alert_id) == "silenced"
    assert did(any_state, alert_id) == [
        "acknowledged it",
        "snoozed it until 2026-11-29 06:00 UTC",
        "closed it: fixed",
        "opened it again",
        "silenced it until 2026-11-29 06:00 UTC",
    ]


def test_the_same_answer_twice_is_one_line(state: StateDatabase) -> None:
    alert_id, user = opened(state), colleague(state)
    for _ in range(2):
        answers(state).acknowledge([alert_id, alert_id], author="ann")
        answers(state).assign([alert_id], to="Ann@agency.example", author="ann")
        answers(state).snooze([alert_id], until=SOON, author="ann")
        answers(state).close([alert_id], outcome="intended", author="ann")
    assert did(state, alert_id) == [
        "acknowledged it", "gave it to Ann", "snoozed it until 2026-11-29 06:00 UTC", "closed it: intended",
        "snoozed it until 2026-11-29 06:00 UTC",
    ]  # fmt: skip
    assert [each.alert_id for each in at(state, replace(ALL, assigned_to=user)).alerts] == [alert_id]


def test_one_answer_to_several_is_all_or_nothing(any_state: StateDatabase) -> None:
    one, other = opened(any_state), opened(any_state, business="bolt")
    with pytest.raises(UnknownAlert):
        answers(any_state).close([one, "zz"], outcome="fixed", author="ann")
    assert rows(any_state, alert_history, "action") == []
    answers(any_state).close([one, other], outcome="fixed", author="ann")
    assert rows(any_state, alert_history, "action") == ["closed", "closed"]


def test_an_alert_is_given_only_to_somebody_of_the_agency_who_can_sign_in(state: StateDatabase) -> None:
    alert_id = opened(state)
    colleague(state, "cleo@acme.example", role="client")
    gone = colleague(state, "gone@agency.example")
    colleague(state, "last@agency.example", role="agency_admin")
    Accounts(state, clock=lambda: NOW).disable(gone, actor="cli:ann")
    for nobody in ("cleo@acme.example", "gone@agency.example", "who@agency.example", ""):
        with pytest.raises(InvalidAnswer, match="of the agency"):
            answers(state).assign([alert_id], to=nobody, author="ann")
    assert did(state, alert_id) == []


def test_nobody_is_reminded_of_what_is_closed_or_asleep_and_its_end_is_told(any_state: StateDatabase) -> None:
    closed, asleep, awake = (opened(any_state, business=name) for name in ("acme", "bolt", "cobra"))
    answers(any_state).close([closed], outcome="ignored", author="ann")
    answers(any_state).snooze([asleep], until=SOON, author="ann")
    for name in ("acme", "bolt", "cobra"):
        for number in range(2, 12):
            run(any_state, {number: "fired"}, business=name)
        run(any_state, {12: "not"}, business=name)
    told = {each: [turn for alert, turn, _ in messages(any_state) if alert == each] for each in (closed, asleep, awake)}
    assert told == {closed: ["opened", "resolved"], asleep: ["opened", "resolved"], awake: ["opened", "reminded-1", "resolved"]}


def test_what_somebody_said_of_an_alert_is_kept_although_nobody_was_told_of_it(any_state: StateDatabase) -> None:
    voice = People(any_state, clock=lambda: NOW)
    voice.silence(rule_id=None, business_id="acme", until=SOON, reason="relaunch", author="ann")
    alert_id = opened(any_state)
    answers(any_state).comment(alert_id, text="the form is gone", author="portal:cleo@acme.example")
    run(any_state, {1: "not"})
    assert [(each.alert_id, each.place) for each in at(any_state).alerts] == [(alert_id, "resolved")]


def test_the_inbox_is_filtered_counted_and_cut_into_pages(any_state: StateDatabase) -> None:
    for name, severity in (("acme", "warning"), ("bolt", "critical"), ("cobra", "info")):
        opened(any_state, business=name, severity=severity)
    run(any_state, {1: "fired", 2: "not"}, business="dune")
    everything = at(any_state)
    assert everything.counts == {"open": 3, "acknowledged": 0, "silenced": 0, "resolved": 0}
    first = at(any_state, Wanted(per_page=2))
    assert ([each.business_id for each in first.alerts], first.has_more) == (["bolt", "acme"], True)
    second = at(any_state, Wanted(per_page=2, page=2))
    assert ([each.business_id for each in second.alerts], second.has_more) == (["cobra"], False)
    assert [each.business_id for each in at(any_state, Wanted(business_ids=["acme", "dune"], place="resolved")).alerts] == [
        "dune"
    ]
    assert [each.business_id for each in at(any_state, Wanted(severity="info")).alerts] == ["cobra"]
    assert at(any_state, Wanted(rule_id="another")).alerts == ()
    assert at(any_state, Wanted(business_ids=[])).alerts == ()
    answers(any_state).close([second.alerts[0].alert_id], outcome="not_a_fault", author="ann")
    assert [each.business_id for each in at(any_state, Wanted(place="resolved", outcome="none")).alerts] == ["dune"]
    assert [each.business_id for each in at(any_state, Wanted(place="resolved", outcome="not_a_fault")).alerts] == ["cobra"]


def test_what_is_pending_or_ended_long_ago_is_not_in_the_inbox(state: StateDatabase) -> None:
    run(state, {1: "fired"}, by=stored(for_days=3))
    run(state, {1: "fired", 2: "not"}, business="bolt")
    assert [each.business_id for each in at(state).alerts] == ["bolt"]
    assert at(state, later=timedelta(days=401)).alerts == ()


def test_precision_is_the_share_of_faults_among_those_that_somebody_judged(any_state: StateDatabase) -> None:
    said = ("fixed", "fixed", "fixed", "not_a_fault", "ignored")
    for number, outcome in enumerate(said):
        answers(any_state).close([opened(any_state, business=f"b{number}")], outcome=outcome, author="ann")
    answers(any_state).close([opened(any_state, rule="other")], outcome="ignored", author="ann")
    of_rule, of_other = precision(any_state, now=NOW)
    assert (of_rule.rule_id, of_rule.closed, of_rule.judged, of_rule.share) == ("made-up", 5, 4, 0.75)
    assert (of_other.rule_id, of_other.closed, of_other.share) == ("other", 1, None)
    assert [each.closed for each in precision(any_state, now=NOW, business_ids=["b0", "b4"])] == [2]
    assert precision(any_state, now=NOW + timedelta(days=366)) == ()


def test_an_answer_that_says_nothing_is_refused(state: StateDatabase) -> None:
    alert_id, deciding = opened(state), answers(state)
    for wrong in ("", "Fixed", "resolved"):
        with pytest.raises(InvalidAnswer, match="closed as one of"):
            deciding.close([alert_id], outcome=wrong, author="ann")
    for text in ("", " \n ", "x" * 2001, "bell \x07"):
        with pytest.raises(InvalidAnswer, match="a comment has"):
            deciding.comment(alert_id, text=text, author="ann")
    for until in (NOW, NOW + timedelta(days=91)):
        with pytest.raises(InvalidAnswer, match="sleeps until"):
            deciding.snooze([alert_id], until=until, author="ann")
    with pytest.raises(InvalidSilence, match="one line"):
        deciding.silence([alert_id], until=SOON, reason="", author="ann")
    with pytest.raises(InvalidAnswer, match="no alert is chosen"):
        deciding.acknowledge([], author="ann")
    assert did(state, alert_id) == []
