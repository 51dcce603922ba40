"""Findings about data as messages: told once, reminded weekly, gone when gone."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from clarity_pipeline.alerts.channels.notice import notice
from clarity_pipeline.alerts.findings_news import tell_findings
from clarity_pipeline.alerts.outbox.routing import Route
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import findings_told, outbox
from clarity_pipeline.trust.found import Found
from clarity_pipeline_tests.alerts.made_up import NOW, day, rows

WRONG = Found(
    business_id="acme", date=day(3), slice="url_device", metric="scroll_depth", code="impossible_number", severity="error",
    figure=12.0, since=day(3), times=1,
)  # fmt: skip
CUT = replace(WRONG, metric=None, code="lane_cut", severity="warning", figure=0.8)
ODD = replace(WRONG, metric="distinct_users", code="users_above_sessions", severity="info")
AGENCY = Route("agency")


def told(state: StateDatabase, *standing: Found, after_days: float = 0, routes: tuple[Route, ...] = (AGENCY,)) -> int:
    return tell_findings(state, standing, routes=routes, now=NOW + timedelta(days=after_days))


def test_a_finding_is_told_once_and_again_after_a_week(any_state: StateDatabase) -> None:
    sent = [told(any_state, WRONG, after_days=days) for days in (0, 0, 1, 6.9, 7, 8, 14)]
    assert sent == [1, 0, 0, 0, 1, 0, 1]
    assert len(set(rows(any_state, outbox, "message_id"))) == 3


def test_what_is_gone_is_forgotten_and_told_anew_when_it_comes_back(any_state: StateDatabase) -> None:
    assert [told(any_state, *standing, after_days=days) for days, standing in ((0, [WRONG]), (1, []), (2, [WRONG]))] == [1, 0, 1]
    told(any_state, after_days=3)
    assert rows(any_state, findings_told, "code") == []


def test_one_message_names_the_worst_and_every_finding_and_any_channel_can_show_it(state: StateDatabase) -> None:
    assert told(state, WRONG, CUT, ODD) == 1
    with state.read() as connection:
        document = connection.execute(sa.select(outbox.c.payload)).scalar_one()
    (entry,) = notice(document).entries
    assert entry.heading == "Critical: clarity_pipeline: findings about the data"
    assert entry.sentence.startswith("2 findings about the data (1 error, 1 warning); the worst: acme 2026-11-03 url_device: ")
    assert [label for label, _ in entry.facts] == ["acme", "acme"]
    assert told(state, WRONG, CUT, after_days=1) == 0


def test_only_the_agencys_digest_is_told_and_by_its_least_severity(state: StateDatabase) -> None:
    others = (Route("client", businesses=("acme",)), Route("now", mode="immediate"), Route("actions", for_actions=True))
    assert told(state, WRONG, routes=others) == 0
    assert told(state, CUT, routes=(replace(AGENCY, min_severity="critical"),)) == 0
    assert told(state, ODD) == 0
