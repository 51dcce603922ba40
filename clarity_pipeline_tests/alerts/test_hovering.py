"""What hovers around its limit is told twice: when it begins, and when it is clearly back."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.outbox.routing import Routes
from clarity_pipeline.alerts.record import record
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.judging.judgement import judge
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline_tests.alerts.made_up import NOW, day, incidents, messages
from clarity_pipeline_tests.rules.made_up import daily, rule, threshold

HOVERS = [120, 97, 102, 96, 101]
BACK = [50] * 7


def nights(state: StateDatabase, clicks: Sequence[int], *, first: int = 1, by: StoredRule | None = None) -> None:
    """A run for each day, of a rule on more than 100 dead clicks."""
    for number, each in enumerate(clicks, start=first):
        judgements = judge([by or on_clicks()], known=daily(day(number), [each]), days=[day(number)])
        record(state, clock=lambda: NOW, judgements=judgements, routes=Routes(("log",), ()))


def on_clicks(revision: int = 1, **fields: Any) -> StoredRule:
    leaf = {name: fields.pop(name) for name in ("ends_at",) if name in fields}
    return StoredRule(rule(threshold(value=100, window_days=1, **leaf), name="Too many dead clicks", **fields), revision, NOW)


def told(state: StateDatabase) -> list[str]:
    return sorted(transition for _, transition, _ in messages(state))


def test_it_is_told_when_it_begins_and_when_it_is_clearly_back_and_not_in_between(any_state: StateDatabase) -> None:
    nights(any_state, HOVERS)
    assert told(any_state) == ["opened"]
    nights(any_state, BACK[:-1], first=6)
    assert told(any_state) == ["opened"], "six days are no week"
    nights(any_state, BACK[-1:], first=12)
    assert told(any_state) == ["opened", "resolved"]
    assert incidents(any_state) == [(1, 5, 12)]


def test_ended_at_its_limit_on_the_first_day_it_was_three_alerts(state: StateDatabase) -> None:
    nights(state, [*HOVERS, *BACK], by=on_clicks(ends_at=100, resolve_after_days=1))
    assert told(state) == ["opened"] * 3 + ["resolved"] * 3


@pytest.mark.parametrize("written_out", [1, None])
def test_an_alert_that_an_older_release_left_open_goes_on_and_ends_under_its_name(
    state: StateDatabase, written_out: int | None
) -> None:
    by = on_clicks(resolve_after_days=written_out)
    nights(state, [120], by=by)
    without_words_of_today(state)
    (name,) = {alert for alert, _, _ in messages(state)}
    nights(state, [97, 102], first=2, by=by)
    assert told(state) == ["opened"], "97 is not clearly back, whatever its rule says of days"
    nights(state, BACK, first=4, by=by)
    assert [(alert, transition) for alert, transition, _ in messages(state)] == [(name, "opened"), (name, "resolved")]
    assert incidents(state) == [(1, 3, 4 if written_out else 10)]


def without_words_of_today(state: StateDatabase) -> None:
    """Evidence as a release kept it that knew of no ending level."""
    table = rule_evaluations
    with state.write() as connection:
        for row in connection.execute(sa.select(table)).all():
            leaves = [{name: value for name, value in leaf.items() if name != "lingers"} for leaf in row.evidence]
            same = (table.c.rule_id == row.rule_id, table.c.date == row.date)
            connection.execute(sa.update(table).where(*same).values(evidence=leaves))
