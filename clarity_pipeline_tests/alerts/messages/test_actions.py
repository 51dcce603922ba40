"""Recommendations to pause and resume: when, on what, to whom; and when not."""

import base64
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.alerts.alert import Alert
from clarity_pipeline.alerts.channels.webhook import sign
from clarity_pipeline.alerts.messages.actions import expires_at, refusal, turns_due
from clarity_pipeline.alerts.outbox.outbox import Delivered, deliver
from clarity_pipeline.alerts.outbox.routing import Route, Routes
from clarity_pipeline.alerts.people import People
from clarity_pipeline.alerts.record import record
from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence, Outcome, Quality
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts as alerts_table
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.alerts.made_up import NOW, HandClock, day, judgement, rows, stored
from clarity_pipeline_tests.alerts.receiver import Receiver, hook_to

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PAUSES = stored(action="recommend_pause", severity="critical")
ROUTES = Routes(("log",), (Route("ads", for_actions=True),))


def whole(number: int, **how: Any) -> Quality:
    return Quality(**{"from_date": day(number), "to_date": day(number), "days_with_data": 1, **how})


def run(
    state: StateDatabase,
    number: int,
    outcome: Outcome,
    *,
    routes: Routes = ROUTES,
    by: Any = PAUSES,
    now: datetime = NOW,
    **how: Any,
) -> None:
    """One day, on data as good as `how` says."""
    found = judgement(number, outcome, by=by)
    found = replace(found, evaluation=found.evaluation.model_copy(update={"quality": whole(number, **how)}))
    record(state, clock=lambda: now, judgements=[found], routes=routes)


def recommended(state: StateDatabase) -> list[str]:
    return [turn for channel, turn in sorted(rows(state, outbox, "channel", "transition")) if channel == "ads"]


def opened(state: StateDatabase) -> dict[str, Any]:
    (found,) = [each for each in rows(state, outbox, "payload") if each["type"] == "clarity.alert.opened"]
    data: dict[str, Any] = found["data"]
    return data


def test_an_opening_recommends_a_pause_and_its_end_a_resume_each_once(any_state: StateDatabase) -> None:
    for number, outcome in ((20, "fired"), (20, "fired"), (21, "fired"), (21, "fired")):
        run(any_state, number, outcome)  # type: ignore[arg-type]
    assert recommended(any_state) == ["pause_recommended"]
    for _ in range(2):
        run(any_state, 22, "not", now=NOW + timedelta(days=1))
    assert recommended(any_state) == ["pause_recommended", "resume_recommended"]
    spend = [each for each in rows(any_state, outbox, "payload") if each["type"].startswith("clarity.spend")]
    pause, resume = sorted(spend, key=lambda each: str(each["type"]))
    (alert_id,) = rows(any_state, alerts_table, "alert_id")
    evidence = pause["data"].pop("evidence")
    assert [leaf["value"] for leaf in evidence] == [500.0]
    assert pause["data"] == {
        "business": "acme", "rule": "made-up", "revision": 1, "scope": "business", "entity": "", "entity_name": None,
        "quality": whole(20).model_dump(mode="json"), "as_of": "2026-11-20", "expires_at": "2026-11-22T12:00:00+00:00",
        "alert_id": alert_id,
    }  # fmt: skip
    assert (resume["data"]["as_of"], resume["data"]["alert_id"]) == ("2026-11-22", alert_id)
    assert "No recommendation" not in opened(any_state)["caveat"]


@pytest.mark.parametrize(
    ("routes", "by"),
    [
        (Routes(("log",)), PAUSES),
        (Routes(("log",), (Route("ads"),)), PAUSES),
        (ROUTES, stored(action="alert")),
        (ROUTES, stored(action="recommend_pause", channels=["log"])),
        (Routes(("log",), (Route("ads", businesses=("beta",), for_actions=True),)), PAUSES),
    ],
    ids=["no channel", "a channel for people", "an alert alone", "told others", "another business"],
)
def test_nothing_is_recommended_unless_the_rule_and_a_channel_for_it_say_so(
    state: StateDatabase, routes: Routes, by: Any
) -> None:
    run(state, 21, "fired", routes=routes, by=by)
    assert "pause_recommended" not in rows(state, outbox, "transition")
    assert routes is not ROUTES or "No recommendation" not in opened(state)["caveat"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"truncated": 1}, "Clarity cut the answers of 1 of its days"),
        ({"days_with_data": 0}, "1 of its 1 days have no data"),
        ({"recovered": 1}, "1 of its 1 days were recovered and not measured"),
        ({"shifted": 1}, "1 of its 1 days were fetched late and are not whole days"),
    ],
    ids=str,
)
def test_on_partial_data_nothing_is_recommended_and_the_alert_says_why(
    any_state: StateDatabase, how: dict[str, int], said: str
) -> None:
    run(any_state, 20, "fired", **how)
    assert recommended(any_state) == []
    assert opened(any_state)["caveat"].endswith(f" No recommendation to pause was sent to the ad tool: {said}.")
    run(any_state, 21, "fired")
    assert recommended(any_state) == ["pause_recommended"], "what was refused is looked at again with the next day"


def test_on_stale_data_nothing_is_recommended(state: StateDatabase) -> None:
    run(state, 20, "fired", now=expires_at(day(20)))
    assert recommended(state) == []
    assert "too long ago" in opened(state)["caveat"]


def test_data_of_unknown_quality_will_do_where_no_day_is_missing() -> None:
    (leaf,) = judgement(21, "fired").evaluation.evidence
    assert refusal(_basis((leaf,), None), as_of=day(21), now=NOW) is None
    short = leaf.model_copy(update={"days_with_data": 0})
    for partial in ((short,), (leaf, short), ()):
        assert refusal(_basis(partial, None), as_of=day(21), now=NOW) == "days of its window have no data"
    half = Quality(from_date=day(18), to_date=day(21), days_with_data=4, recovered=2)
    assert refusal(_basis((leaf,), half), as_of=day(21), now=NOW) is None
    assert refusal(_basis((leaf,), half.model_copy(update={"recovered": 3})), as_of=day(21), now=NOW) is not None


def test_no_pause_is_recommended_for_an_audience_that_moved_all_pages_alike() -> None:
    (leaf,) = judgement(21, "fired").evaluation.evidence
    crowded = leaf.model_copy(update={"crowd": 2.13})
    assert refusal(_basis((leaf,), None), as_of=day(21), now=NOW) is None
    assert refusal(_basis((crowded,), None), as_of=day(21), now=NOW) == (
        "all pages moved alike, with 2.1 times the visits: other visitors, and no page that broke"
    )
    assert refusal(_basis((crowded.model_copy(update={"supports": False}),), None), as_of=day(21), now=NOW) is None


def test_a_recommendation_is_signed_and_comes_before_its_resume(
    any_state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    run(any_state, 20, "fired")
    run(any_state, 21, "not")
    receiver.answers[:] = [500]
    channels = {"ads": hook_to(receiver.url, secret=SECRET)}
    deliver(any_state, channels=channels, clock=clock, played=clock)
    clock.sleep(5)
    assert deliver(any_state, channels=channels, clock=clock, played=clock).sent == 2
    types = [body["type"].rpartition(".")[2] for _, body in receiver.got]
    assert types == ["pause_recommended", "pause_recommended", "resume_recommended"]
    headers, body = receiver.got[0]
    assert headers["webhook-signature"] == sign(
        SECRET, message_id=body["id"], timestamp=int(headers["webhook-timestamp"]), body=receiver.bodies[0]
    )


def test_an_expired_recommendation_is_dead_and_so_is_the_resume_of_what_was_never_paused(
    any_state: StateDatabase, clock: HandClock, receiver: Receiver
) -> None:
    """Sent late it would stop an ad for something that was over days ago."""
    run(any_state, 20, "fired")
    with any_state.write() as connection:
        connection.execute(sa.update(outbox).where(outbox.c.channel == "log").values(state="sent"))
    clock.now = expires_at(day(20))
    channels = {"ads": hook_to(receiver.url, secret=SECRET), "log": hook_to(receiver.url)}
    assert deliver(any_state, channels=channels, clock=clock, played=clock) == Delivered()
    run(any_state, 22, "not", now=clock.now)
    assert deliver(any_state, channels=channels, clock=clock, played=clock) == Delivered(sent=1)
    found = sorted(rows(any_state, outbox, "channel", "transition", "last_error"))[:2]
    assert found == [("ads", "pause_recommended", "expired"), ("ads", "resume_recommended", "pause_not_delivered")]
    assert [body["type"] for _, body in receiver.got] == ["clarity.alert.resolved"]


def _alert(number: int, is_over: bool) -> Alert:
    at = date(2026, 11, number)
    return Alert(f"alert-{number}", Incident(at, at, at, at + timedelta(days=1) if is_over else None))


@given(st.lists(st.lists(st.booleans(), max_size=4), max_size=12))
def test_one_pause_at_most_is_open_and_nothing_is_resumed_that_was_not_paused(histories: list[list[bool]]) -> None:
    """Whatever the fold makes of a history from run to run; only its last alert may be firing."""
    told: dict[str, set[str]] = {}
    for history in histories:
        alerts = [_alert(number, is_over or number < len(history)) for number, is_over in enumerate(history, start=1)]
        kept = {alert.alert_id for alert in alerts}
        gone = [_alert(int(name.removeprefix("alert-")), True) for name in told if name not in kept]  # told, so it is withdrawn
        for alert, turn in turns_due([*alerts, *gone], told):
            turns = told.setdefault(alert.alert_id, set())
            assert turn not in turns
            assert turn == "pause_recommended" or "pause_recommended" in turns
            turns.add(turn)
        assert sum(turns == {"pause_recommended"} for turns in told.values()) <= 1


def test_the_validity_is_36_hours_from_the_end_of_the_day() -> None:
    assert expires_at(date(2026, 11, 21)) == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_silence_withholds_a_recommendation_until_it_ends(any_state: StateDatabase) -> None:
    people = People(any_state, clock=lambda: NOW)
    quiet = people.silence(rule_id=None, business_id="acme", until=NOW + timedelta(days=2), reason="relaunch", author="ann")
    run(any_state, 20, "fired")
    assert recommended(any_state) == []
    people.end(quiet.silence_id, author="ann")
    run(any_state, 21, "fired")
    assert recommended(any_state) == ["pause_recommended"]


def test_what_fires_again_after_a_resume_is_a_new_alert_with_a_pause_of_its_own(state: StateDatabase) -> None:
    only_ads = Routes((), (Route("ads", for_actions=True),))
    run(state, 20, "fired", routes=only_ads)
    run(state, 20, "not", routes=only_ads)
    run(state, 20, "fired", routes=only_ads)
    assert recommended(state) == ["pause_recommended", "pause_recommended", "resume_recommended"]
    assert len(rows(state, alerts_table, "alert_id")) == 2


def test_no_pause_comes_within_a_week_of_the_last_resume(any_state: StateDatabase) -> None:
    told: dict[int, Outcome] = {10: "fired", 11: "not", 13: "fired", 14: "fired", 17: "fired"}
    for number, outcome in told.items():
        run(any_state, number, outcome, now=NOW - timedelta(days=20 - number))
    assert recommended(any_state) == ["pause_recommended", "resume_recommended"], "six days after it"
    caveats = [each["data"]["caveat"] for each in rows(any_state, outbox, "payload") if each["type"] == "clarity.alert.opened"]
    assert sum("taken back on 2026-11-11" in each for each in caveats) == 1, "the alert says why"
    run(any_state, 18, "fired", now=NOW - timedelta(days=2))
    assert recommended(any_state) == ["pause_recommended", "pause_recommended", "resume_recommended"]


def _basis(evidence: tuple[Evidence, ...], quality: Quality | None) -> Evaluation:
    return Evaluation(outcome="fired", reason=None, evidence=evidence, quality=quality)
