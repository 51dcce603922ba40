"""What a run writes, on real databases."""

import itertools

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarity_pipeline.alerts.record import Recorded, record
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.engine.incidents import fold
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.judging.judgement import judge
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline_tests.alerts.made_up import NOW, day, incidents, judgement, messages, rows, run, stored


def test_a_day_is_written_with_its_values_its_reason_and_the_revision_that_judged_it(any_state: StateDatabase) -> None:
    assert run(any_state, {1: "fired", 2: "unknown"}, by=stored(revision=3)) == Recorded(
        fired=1, not_fired=0, unknown=1, opened=1, resolved=0, messages=1
    )
    with any_state.read() as connection:
        first, second = connection.execute(sa.select(rule_evaluations).order_by(rule_evaluations.c.date))
    assert (first.rule_id, first.business_id, first.date, first.revision) == ("made-up", "acme", day(1), 3)
    assert (first.outcome, first.reason, first.evaluated_at) == ("fired", None, NOW)
    (leaf,) = first.evidence
    assert (leaf["metric"], leaf["value"], leaf["threshold"], leaf["verdict"]) == ("clarity_dead_clicks", 500.0, 100.0, True)
    assert (second.outcome, second.reason) == ("unknown", "clarity_dead_clicks has no data on 2026-11-02")


def test_an_incident_opens_continues_and_ends_with_one_message_each_for_opening_and_ending(any_state: StateDatabase) -> None:
    told = []
    for number, outcome in enumerate(("not", "fired", "fired", "unknown", "not", "not"), start=1):
        told.append(run(any_state, {number: outcome}).messages)
    assert told == [0, 1, 0, 0, 1, 0]
    assert incidents(any_state) == [(2, 3, 5)]
    assert [transition for _, transition, _ in messages(any_state)] == ["opened", "resolved"]
    assert len({alert for alert, _, _ in messages(any_state)}) == 1


def test_each_channel_gets_its_own_copy_with_an_id_of_its_own(state: StateDatabase) -> None:
    assert run(state, {1: "fired"}, channels=("log", "webhook")).messages == 2
    assert [channel for _, _, channel in messages(state)] == ["log", "webhook"]
    assert len(set(rows(state, outbox, "message_id"))) == 2


def test_running_a_day_twice_creates_nothing_twice(any_state: StateDatabase) -> None:
    for _ in range(3):
        run(any_state, {1: "fired"})
    once = messages(any_state), incidents(any_state)
    for _ in range(3):
        run(any_state, {2: "not"})
    assert (len(once[0]), once[1]) == (1, [(1, 1, None)])
    assert (len(messages(any_state)), incidents(any_state)) == (2, [(1, 1, 2)])
    assert len(rows(any_state, rule_evaluations, "date")) == 2


def test_a_backfill_of_older_days_writes_history_and_says_nothing(any_state: StateDatabase) -> None:
    run(any_state, {20: "not"})
    assert run(any_state, {10: "fired", 11: "fired", 12: "not"}) == Recorded(
        fired=2, not_fired=1, unknown=0, opened=1, resolved=1, messages=0
    )
    assert run(any_state, {21: "not"}).messages == 0
    assert (incidents(any_state), messages(any_state)) == ([(10, 11, 12)], [])


def test_an_incident_that_a_backfill_found_is_told_when_it_fires_on_a_new_day(state: StateDatabase) -> None:
    run(state, {20: "unknown"})
    assert run(state, {18: "fired"}).messages == 0
    assert run(state, {21: "unknown"}).messages == 0
    assert run(state, {22: "fired"}).messages == 1
    assert incidents(state) == [(18, 22, None)]


def test_an_all_clear_that_a_backfill_brought_is_told_with_the_next_day(state: StateDatabase) -> None:
    run(state, {15: "fired", 17: "unknown"})
    assert run(state, {16: "not"}).messages == 0
    assert run(state, {18: "not"}).messages == 1
    assert [transition for _, transition, _ in messages(state)] == ["opened", "resolved"]


def test_a_first_run_over_many_days_tells_only_what_still_holds(state: StateDatabase) -> None:
    assert run(state, {1: "fired", 2: "not", 3: "fired", 4: "fired"}).messages == 1
    assert incidents(state) == [(1, 1, 2), (3, 4, None)]


def test_days_missed_by_a_standstill_are_told_when_it_ends(state: StateDatabase) -> None:
    run(state, {1: "not"})
    assert run(state, {2: "fired", 3: "not", 4: "fired"}).messages == 3
    assert [transition for _, transition, _ in messages(state)].count("opened") == 2


def test_an_alert_keeps_its_id_when_late_days_move_its_beginning(state: StateDatabase) -> None:
    run(state, {10: "fired"})
    before = rows(state, alerts, "alert_id")
    run(state, {9: "fired"})
    run(state, {8: "unknown"})
    assert rows(state, alerts, "alert_id") == before
    run(state, {11: "not"})
    assert {alert for alert, _, _ in messages(state)} == set(before)
    assert incidents(state) == [(9, 10, 11)]


def test_an_alert_that_a_second_run_of_its_day_takes_back_is_resolved_with_its_words_kept(state: StateDatabase) -> None:
    run(state, {10: "fired"})
    (said,) = rows(state, alerts, "summary")
    assert run(state, {10: "not"}).messages == 1
    assert rows(state, alerts, "state", "summary") == [("resolved", said)]
    assert [transition for _, transition, _ in messages(state)] == ["opened", "resolved"]


def test_what_fires_again_after_its_all_clear_was_told_is_a_new_alert(state: StateDatabase) -> None:
    run(state, {10: "fired"})
    run(state, {10: "not"})
    assert run(state, {10: "fired"}).messages == 1
    assert run(state, {10: "fired"}).messages == 0
    assert sorted(rows(state, alerts, "state")) == ["firing", "resolved"]
    assert run(state, {11: "not"}).messages == 1
    assert rows(state, alerts, "state") == ["resolved", "resolved"]
    assert run(state, {12: "not"}).messages == 0


def test_an_alert_taken_back_before_anybody_was_told_is_never_told(state: StateDatabase) -> None:
    run(state, {10: "fired"}, channels=())
    assert run(state, {10: "not"}).messages == 0


def test_a_channel_that_is_added_learns_of_what_still_fires(state: StateDatabase) -> None:
    run(state, {10: "fired"})
    assert run(state, {11: "fired"}, channels=("log", "webhook")).messages == 1
    assert run(state, {12: "not"}, channels=("log", "webhook")).messages == 2


def test_rules_and_businesses_do_not_mix(state: StateDatabase) -> None:
    other = stored(id="other")
    all_of_them = [judgement(1, outcome, business=business, by=by) for outcome, business, by in (
        ("fired", "acme", stored()), ("not", "bolt", stored()), ("unknown", "acme", other), ("fired", "bolt", other),
    )]  # fmt: skip
    record(state, clock=lambda: NOW, judgements=all_of_them)
    assert sorted(rows(state, alerts, "rule_id", "business_id")) == [("made-up", "acme"), ("other", "bolt")]


def test_the_summary_says_who_what_and_against_what(state: StateDatabase) -> None:
    with state.write() as connection:
        connection.execute(
            sa.insert(business_config).values(
                business_id="acme", name="Acme Shop", project_id="abcdef", enabled=True,
                kept_query_parameters=[], created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
    run(state, {1: "fired"}, by=stored(severity="critical", action="recommend_pause"))
    assert rows(state, alerts, "severity", "summary") == [
        (
            "critical",
            "Acme Shop: Too many dead clicks. Dead clicks were 500 on 2026-11-01, above the limit of 100."
            " Recommended: pause this business's ad spend until it is understood; nothing was paused.",
        )
    ]


def test_a_message_holds_what_its_documentation_says(state: StateDatabase) -> None:
    run(state, {1: "fired"}, by=stored(revision=2))
    run(state, {2: "not"}, by=stored(revision=2))
    opened, resolved = sorted(rows(state, outbox, "payload"), key=lambda document: document["type"])
    (alert_id,) = rows(state, alerts, "alert_id")
    evidence, series = opened["data"].pop("evidence"), opened["data"].pop("series")
    assert (series["days"][-1], series["values"][-1]) == ("2026-11-01", 500.0)
    assert opened == {
        "id": opened["id"],
        "type": "clarity.alert.opened",
        "timestamp": "2026-11-22T06:00:00+00:00",
        "data": {
            "alert_id": alert_id,
            "business": "acme",
            "business_name": "acme",
            "scope": "business",
            "entity": "",
            "entity_name": None,
            "rule": "made-up",
            "rule_name": "Too many dead clicks",
            "revision": 2,
            "severity": "warning",
            "action": "alert",
            "state": "firing",
            "since": "2026-11-01",
            "last_fired_on": "2026-11-01",
            "resolved_on": None,
            "summary": "acme: Too many dead clicks. Dead clicks were 500 on 2026-11-01, above the limit of 100.",
            "became_normal": None,
            "facts": [
                ["Dead clicks", "500, on 2026-11-01"],
                ["Limit", "100"],
                ["Visits of pages", "1,000"],
                ["Since", "2026-11-01"],
                ["Data", "1 day, all whole and aligned"],
            ],
            "caveat": "It may be wrong: a limit does not know what is normal here, and other visitors (a new campaign, a holiday)"
            " move it too.",
            "link": None,
            "quality": {
                "from_date": "2026-11-01",
                "to_date": "2026-11-01",
                "days_with_data": 1,
                "recovered": 0,
                "shifted": 0,
                "truncated": 0,
                "covered_share": None,
            },
        },
    }
    assert [leaf["value"] for leaf in evidence] == [500.0]
    assert resolved["data"]["summary"] == "acme: Too many dead clicks: resolved on 2026-11-02; it had held since 2026-11-01."
    assert (resolved["data"]["state"], resolved["data"]["resolved_on"]) == ("resolved", "2026-11-02")
    assert set(rows(state, outbox, "message_id")) == {opened["id"], resolved["id"]}


def test_only_rules_that_are_on_and_meant_for_the_business_are_judged() -> None:
    rules = [stored(id="off", enabled=False), stored(id="others", businesses=["bolt"]), stored(id="mine", businesses=["acme"])]
    judged = judge([*rules, stored(id="all")], known=Known(business_id="acme"), days=[day(1)])
    assert [each.stored.rule.id for each in judged] == ["mine", "all"]


def test_a_failure_in_the_middle_leaves_neither_evaluation_nor_message(state: StateDatabase) -> None:
    run(state, {1: "not"})
    with state.write() as connection:
        connection.execute(sa.text("create trigger no_mail before insert on clarity_outbox begin select raise(abort, 'no'); end"))
    with pytest.raises(sa.exc.IntegrityError):
        run(state, {2: "fired"})
    assert (len(rows(state, rule_evaluations, "date")), incidents(state)) == (1, [])


OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(["fired", "not", "unknown"])
RUNS = st.lists(st.dictionaries(st.integers(1, 8), OUTCOMES, min_size=1, max_size=3), max_size=7)
businesses = (f"business-{number}" for number in itertools.count())


def of_business(state: StateDatabase, business: str) -> tuple[list[tuple[object, ...]], list[str]]:
    """Alerts and transitions of one business."""
    with state.read() as connection:
        found = connection.execute(sa.select(alerts).where(alerts.c.business_id == business).order_by(alerts.c.alert_id)).all()
        ids = [row.alert_id for row in found]
        said = connection.execute(sa.select(outbox.c.alert_id, outbox.c.transition).where(outbox.c.alert_id.in_(ids))).all()
    return [tuple(row) for row in found], sorted(f"{row.alert_id} {row.transition}" for row in said)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(RUNS)
def test_any_runs_in_any_order_tell_each_turn_once_and_never_an_end_without_a_beginning(
    state: StateDatabase, runs: list[dict[int, Outcome]]
) -> None:
    business = next(businesses)
    history: dict[int, Outcome] = {}
    for days in runs:
        newest = max(history, default=None)
        before = of_business(state, business)
        recorded = run(state, days, business=business)
        after = of_business(state, business)
        history |= days
        assert newest is None or max(days) >= newest or (recorded.messages, before[1]) == (0, after[1])
        assert run(state, days, business=business).messages == 0
        assert of_business(state, business) == after
    its_alerts, said = of_business(state, business)
    for alert_id in {line.split()[0] for line in said}:
        told = [line.split()[1] for line in said if line.split()[0] == alert_id]
        ends = [transition for transition in told if not transition.startswith("reminded-")]
        assert ends in (["opened"], ["opened", "resolved"])
    folded = fold({day(number): outcome for number, outcome in history.items()})
    dates = {(alert[5], alert[6], alert[7]) for alert in its_alerts}
    assert dates >= {(each.opened_on, each.last_fired_on, each.resolved_on) for each in folded}
    assert sum(alert[4] == "firing" for alert in its_alerts) == sum(each.state == "firing" for each in folded)
