"""Alerts of older homes close too, and what an older release muted as a whole ends nothing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.alerts.outbox.routing import Routes
from clarity_pipeline.alerts.record import record
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.judging.judgement import judge
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.messages import outbox, told
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline_tests.alerts.made_up import NOW, day, incidents, messages
from clarity_pipeline_tests.rules.made_up import known, rule, threshold

TWO = StoredRule(
    rule(
        {"any": [threshold(window_days=1), threshold("clarity_quick_backs", window_days=1)]},
        name="Too many of either",
        resolve_after_days=1,
    ),
    1,
    NOW,
)
CLICKS: Mapping[str, dict[str, Any]] = {
    "fired": {"sessions": 1000, "dead_clicks": 500},
    "calm": {"sessions": 1000, "dead_clicks": 5},
    "nothing": {"sessions": 1000},
}
"""Of a day: dead clicks above the limit, or below, or not known; nobody knows the quick backs."""


def judged(state: StateDatabase, number: int, what: str) -> None:
    about: Known = known(day(number), [CLICKS[what]])
    record(state, clock=lambda: NOW, judgements=judge([TWO], known=about, days=[day(number)]), routes=Routes(("log",), ()))


def as_an_older_release_kept_it(state: StateDatabase, *, reason: str | None = None) -> None:
    """Evidence without the words of today; `reason` of every day without an answer."""
    table = rule_evaluations
    with state.write() as connection:
        for row in connection.execute(sa.select(table)).all():
            leaves = [{name: value for name, value in leaf.items() if name not in {"muted", "quiet"}} for leaf in row.evidence]
            why = row.reason if reason is None or row.outcome != "unknown" else reason
            same = (table.c.rule_id == row.rule_id, table.c.date == row.date)
            connection.execute(sa.update(table).where(*same).values(evidence=leaves, reason=why))


def open_alert(state: StateDatabase, second: str, *, reason: str | None = None) -> None:
    """As a home has it whose last release knew no end but a known no: a day that fired, and one without an answer."""
    judged(state, 1, "fired")
    judged(state, 2, second)
    as_an_older_release_kept_it(state, reason=reason)
    with state.write() as connection:
        connection.execute(sa.update(alerts).values(state="firing", resolved_on=None, unknown_since=date(2026, 11, 2)))
        for table in (told, outbox):
            connection.execute(sa.delete(table).where(table.c.transition == "resolved"))
    assert incidents(state) == [(1, 1, None)]


def test_an_alert_that_an_older_release_left_open_closes_with_the_next_day(any_state: StateDatabase) -> None:
    open_alert(any_state, "nothing")
    judged(any_state, 3, "calm")
    assert incidents(any_state) == [(1, 1, 3)]
    assert sorted(transition for _, transition, _ in messages(any_state)) == ["opened", "resolved"]


def test_one_that_was_over_before_the_upgrade_is_over_with_the_next_run(state: StateDatabase) -> None:
    open_alert(state, "calm")
    judged(state, 3, "nothing")
    assert incidents(state) == [(1, 1, 2)]
    assert sorted(transition for _, transition, _ in messages(state)) == ["opened", "resolved"]


def test_verdicts_of_a_rule_that_was_muted_as_a_whole_are_not_believed(state: StateDatabase) -> None:
    open_alert(state, "calm", reason="muted while this lasts: consent_missing since 2026-11-02: seen")
    judged(state, 3, "nothing")
    assert incidents(state) == [(1, 1, None)]
    judged(state, 4, "calm")
    assert incidents(state) == [(1, 1, 4)]
