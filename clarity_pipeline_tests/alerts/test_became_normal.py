"""What ends since its level has become normal is told as that, and an ad tool is not told to resume."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from benchmarks.alerts.sites import FIRST, Series
from benchmarks.openings import BEFORE, drawn, known, spikes
from clarity_pipeline.alerts.answers import Answers
from clarity_pipeline.alerts.messages.became_normal import became_normal
from clarity_pipeline.alerts.outbox.routing import Route, Routes
from clarity_pipeline.alerts.record import record
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.evaluate import evaluate_days
from clarity_pipeline.rules.judging.judgement import Judgement, judge
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts as alerts_table
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.alerts.made_up import rows

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
RULE = StoredRule(spikes(), 1, NOW)


def mended_after(days: int, *, of: Series) -> Series:
    """The same with the rate of before from that day of the trouble on."""
    quiet = drawn(2, seed=5, size=500, days=len(of.sessions))
    columns = []
    for name in ("sessions", "signal_sessions", "events"):
        column = getattr(of, name).copy()
        column[BEFORE + days :] = getattr(quiet, name)[BEFORE + days :]
        columns.append(column)
    return Series(*columns)


def told(state: StateDatabase, series: Series) -> list[tuple[str, str]]:
    """Type and summary of what a channel gets, night after night, through the real judging and recording."""
    days = [FIRST + timedelta(days=number) for number in range(BEFORE - 1, len(series.sessions))]
    judged = sorted(judge([RULE], known=known(series), days=days), key=lambda each: each.date)
    for judgement in judged:
        record(state, clock=lambda: NOW, judgements=[judgement], routes=Routes(("log",)))
    found = [(each["type"].rpartition(".")[2], each["data"]["summary"]) for each in rows(state, outbox, "payload")]
    return sorted(each for each in found if each[0] != "reminded")


def test_a_trouble_that_stays_is_told_as_what_has_become_normal(state: StateDatabase) -> None:
    series = drawn(2, seed=5, size=500, days=BEFORE + 60, times=3.0)
    (opened, _), (ended, summary) = told(state, series)
    assert (opened, ended) == ("opened", "resolved")
    assert "has become normal: " in summary
    times = float(summary.partition("has become normal: ")[2].partition(" times")[0])
    assert 2 < times < 4
    until = date.fromisoformat(summary.partition("until ")[2][:10])
    assert abs((until - (FIRST + timedelta(days=BEFORE - 1))).days) <= 3


def test_no_resume_is_recommended_for_what_is_still_there_until_somebody_closes_it(state: StateDatabase) -> None:
    asked = StoredRule(RULE.rule.model_copy(update={"action": "recommend_pause"}), 1, NOW)
    series = drawn(2, seed=5, size=500, days=BEFORE + 60, times=3.0)
    days = [FIRST + timedelta(days=number) for number in range(BEFORE - 1, len(series.sessions))]
    *judged, last = sorted(judge([asked], known=known(series), days=days), key=lambda each: each.date)
    routes = Routes((), (Route("ads", for_actions=True),))

    def recorded(*some: Judgement) -> list[str]:
        for each in some:
            now = datetime.combine(each.date + timedelta(days=1), time(6), UTC)
            record(state, clock=lambda: now, judgements=[each], routes=routes)  # noqa: B023 - called at once
        return sorted(turn for turn in rows(state, outbox, "transition"))

    assert recorded(*judged) == ["pause_recommended"]
    (alert_id,) = rows(state, alerts_table, "alert_id")
    Answers(state, clock=lambda: NOW).close([alert_id], outcome="intended", author="ann")
    assert recorded(last) == ["pause_recommended", "resume_recommended"]


def test_one_that_somebody_has_mended_is_told_as_resolved(state: StateDatabase) -> None:
    series = mended_after(8, of=drawn(2, seed=5, size=500, days=BEFORE + 30, times=3.0))
    (opened, _), (ended, summary) = told(state, series)
    assert (opened, ended) == ("opened", "resolved")
    assert "resolved on" in summary
    assert "normal" not in summary


@pytest.mark.parametrize(("days", "is_there"), [(60, True), (8, False)])
def test_what_is_held_against_each_other_is_the_rate_and_not_the_count(days: int, is_there: bool) -> None:
    series = drawn(2, seed=5, size=500, days=BEFORE + 60, times=3.0)
    mended = mended_after(days, of=series)
    more_visits = Series(*(getattr(mended, name) * 2 for name in ("sessions", "signal_sessions", "events")))
    asked = [FIRST + timedelta(days=number) for number in range(BEFORE, BEFORE + 60)]
    first = next(each for each in evaluate_days(RULE.rule, known=known(mended), days=asked) if each.outcome == "fired")
    last = [each.evaluation() for each in evaluate_days(RULE.rule, known=known(more_visits), days=asked)][-3:]
    assert (became_normal(first.evaluation(), last) is not None) is is_there
