"""Causes that `doctor` names: ours are ours, a later refusal hides none, and what is muted is not without data."""

from datetime import timedelta

import sqlalchemy as sa

from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.simulator import faults
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.upkeep.doctor.calls import who_took_them
from clarity_pipeline.upkeep.doctor.traffic import rule_findings
from clarity_pipeline_tests.upkeep.doctor.test_diagnose import codes, watch
from clarity_pipeline_tests.world import DAY, PROJECT, World


def test_calls_that_our_own_tries_took_are_not_laid_at_somebody_elses_door(world: World) -> None:
    watch(world)
    world.fake.script(PROJECT, *[faults.SERVER_ERROR] * 10)
    world.sync()
    world.sync()
    world.later(minutes=40)
    told = who_took(world)
    assert told.startswith("our own tries took 8 of the day's ten calls (retry 4, sync 4)")
    assert "somebody else" not in told
    assert {code for *_, code in codes(world)} >= {"unavailable"}


def who_took(world: World) -> str:
    with world.home() as home:
        return who_took_them(home.state, home.connections.all(), day=world.now.date())["acme"]


def test_a_true_reason_is_not_overwritten_by_a_later_refusal(world: World) -> None:
    """The fourth answer is none; the quota is spent, then the day is over, and the answer is still what is wrong."""
    watch(world)
    world.name_site("roofmaster.example")
    world.fake.script(PROJECT, None, None, None, faults.HTML)
    world.sync()
    for reason in ("quota_spent", "day_not_fetchable"):
        with world.home() as home, home.state.write() as connection:
            tried = dict(connection.execute(sa.select(sync_jobs).order_by(sync_jobs.c.job_id.desc()).limit(1)).mappings().one())
            later = {"job_id": None, "attempt": tried["attempt"] + 1, "state": "skipped", "reason": reason, "calls": 0}
            connection.execute(sa.insert(sync_jobs).values({**tried, **later}))
    world.later(minutes=40)
    assert codes(world) == {("acme", "error", "answer_malformed")}


def test_a_rule_that_is_muted_has_data_and_is_not_told_to_have_none(synced: World) -> None:
    leaf = {"verdict": None, "value": 4.0, "muted": True}
    none = {"verdict": None, "value": None, "muted": False}
    with synced.home() as home, home.state.write() as connection:
        for evidence, said in (([leaf], False), ([none], True), ([{**none, "muted": True}], False)):
            connection.execute(sa.update(rule_evaluations).values(outcome="unknown", evidence=evidence))
            rules = list_rules(connection)
            told = list(rule_findings(connection, rules, asked={"acme"}, since=DAY - timedelta(days=7)))
            assert [each.code for each in told] == (["rules_have_no_data"] if said else [])
