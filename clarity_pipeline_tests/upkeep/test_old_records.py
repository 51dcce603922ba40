"""Old jobs, calls and evaluations go in batches; what is open, what others go by, and alerts stay."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.cli.main import run
from clarity_pipeline.home import Home
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.calls import quota_calls, sync_jobs
from clarity_pipeline.state.schema.night import jobs_ahead
from clarity_pipeline.state.schema.published import unpublished
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.upkeep import old_records
from clarity_pipeline.upkeep.kept import kept
from clarity_pipeline.upkeep.old_records import prune_evaluations, prune_jobs
from clarity_pipeline_tests.world import DAY, World

OLD, BORDER = DAY - timedelta(days=500), DAY - timedelta(days=399)


@pytest.fixture
def home(world: World) -> Iterator[Home]:
    with world.home() as opened:
        yield opened


def add_job(home: Home, day: date, *, attempt: int = 1, slice_name: str = "url_device", **values: Any) -> int:
    at = datetime.combine(day + timedelta(days=1), time(), UTC)
    row = {
        "business_id": "acme", "date": day, "slice": slice_name, "attempt": attempt, "state": "ok", "calls": 1,
        "started_at": at, "finished_at": at, "loaded_at": at if values.get("state", "ok") == "ok" else None, **values,
    }  # fmt: skip
    with home.state.write() as connection:
        return int(connection.execute(sa.insert(sync_jobs).values(**row).returning(sync_jobs.c.job_id)).scalar_one())


def jobs(home: Home) -> set[int]:
    with home.state.read() as connection:
        return set(connection.scalars(sa.select(sync_jobs.c.job_id)))


def test_old_attempts_that_brought_nothing_go_and_loads_stay_while_the_vault_has_their_answers(home: Home) -> None:
    failed, loaded = add_job(home, OLD, state="failed"), add_job(home, OLD, attempt=2)
    at_the_border, newest = add_job(home, BORDER, state="failed"), add_job(home, DAY)
    dry = prune_jobs(home, days=400, forget=False)[0]
    assert (dry.items, dry.oldest, dry.newest, dry.kept_from) == (1, OLD, OLD, BORDER)
    assert jobs(home) == {failed, loaded, at_the_border, newest}
    prune_jobs(home, days=400, forget=True)
    assert jobs(home) == {loaded, at_the_border, newest}
    let_go = replace(home, settings=replace(home.settings, vault_days=400))
    prune_jobs(let_go, days=400, forget=True)
    assert jobs(home) == {at_the_border, newest}


def test_an_answer_that_the_vault_has_keeps_the_job_that_loaded_it(home: Home) -> None:
    loaded, newest = add_job(home, OLD), add_job(home, DAY)
    at = datetime.combine(OLD, time(), UTC)
    home.vault.keep(b"[]", business_id="acme", date=OLD, slice_name="url_device", num_of_days=1, window=(at, at), purpose="sync")
    prune_jobs(replace(home, settings=replace(home.settings, vault_days=400)), days=400, forget=True)
    assert jobs(home) == {loaded, newest}


def test_what_is_open_and_the_last_good_attempt_stay_however_old(home: Home) -> None:
    let_go = replace(home, settings=replace(home.settings, vault_days=400))
    running = add_job(home, OLD, state="running", finished_at=None)
    held = add_job(home, OLD, attempt=2, state="failed", reason="other_site")
    refused = add_job(home, OLD, attempt=3, state="failed", reason="answer_malformed", parser_version=1)
    waits = add_job(home, OLD, attempt=4, state="failed")
    with home.state.write() as connection:
        connection.execute(sa.insert(jobs_ahead).values(job_id=waits))
    newest = add_job(home, DAY)
    gone = add_job(home, OLD, slice_name="totals")
    last_good = add_job(home, OLD + timedelta(days=1), slice_name="totals")
    behind = add_job(home, OLD + timedelta(days=2), slice_name="totals", state="failed")
    prune_jobs(let_go, days=400, forget=True)
    assert jobs(home) == {running, held, refused, waits, newest, last_good, behind}
    assert gone not in jobs(home)


def test_a_wrong_clock_lets_nothing_go(world: World) -> None:
    with world.home() as home:
        add_job(home, DAY - timedelta(days=3), state="failed")
        add_job(home, DAY)
    world.later(days=4000)
    with world.home() as home:
        assert prune_jobs(home, days=400, forget=True)[0].items == 0
        assert len(jobs(home)) == 2


def test_old_calls_go_but_those_of_the_last_day_that_brought_an_answer(home: Home) -> None:
    add_job(home, DAY)
    at = datetime.combine(OLD, time(), UTC)
    rows = [
        {"quota_key": key, "day": day, "slot": 1, "business_id": "acme", "purpose": "sync", "state": "answered",
         "http_status": 200, "claimed_at": at, "settled_at": at}
        for key, day in (("one", OLD), ("one", OLD + timedelta(days=1)), ("two", OLD), ("two", DAY))
    ]  # fmt: skip
    with home.state.write() as connection:
        connection.execute(sa.insert(quota_calls), rows)
    assert prune_jobs(home, days=400, forget=True)[1].items == 2
    with home.state.read() as connection:
        left = connection.execute(sa.select(quota_calls.c.quota_key, quota_calls.c.day)).all()
    assert {tuple(row) for row in left} == {("one", OLD + timedelta(days=1)), ("two", DAY)}


def said(rule_id: str, day: date, outcome: str) -> dict[str, Any]:
    return {
        "rule_id": rule_id, "business_id": "acme", "scope": "business", "entity": "", "date": day, "revision": 1,
        "outcome": outcome, "evidence": [], "evaluated_at": datetime.combine(day, time(), UTC),
    }  # fmt: skip


def alert(rule_id: str, opened_on: date, resolved_on: date | None) -> dict[str, Any]:
    return {
        "alert_id": rule_id, "rule_id": rule_id, "business_id": "acme", "severity": "warning", "state": "firing",
        "opened_on": opened_on, "last_fired_on": opened_on, "last_evaluated_on": opened_on, "resolved_on": resolved_on,
        "summary": "it fires",
    }  # fmt: skip


def test_what_fired_and_what_holds_an_alert_that_lasts_stays_and_the_rest_goes_in_batches(home: Home) -> None:
    add_job(home, DAY)
    days = [OLD + timedelta(days=each) for each in range(60)]
    quiet = [said("quiet", day, "not") for day in days]
    lasting = [said("lasting", day, "fired" if day == days[30] else "not") for day in days]
    over = [said("over", day, "fired" if day == days[30] else "unknown") for day in days]
    told = [alert("lasting", days[30], None), alert("over", days[30], days[31])]
    with home.state.write() as connection:
        connection.execute(sa.insert(rule_evaluations), [*quiet, *lasting, *over, said("quiet", BORDER, "not")])
        connection.execute(sa.insert(alerts), told)
        connection.execute(sa.delete(unpublished))
    batches: list[int] = []
    assert prune_evaluations(home, days=400, forget=True, moved=batches.append)[0].items == 60 + 30 + 59
    assert batches == [149]
    with home.state.read() as connection:
        left = connection.execute(sa.select(rule_evaluations.c.rule_id, rule_evaluations.c.date)).all()
        assert connection.scalar(sa.select(sa.func.count()).select_from(alerts)) == 2
        assert connection.scalar(sa.select(sa.func.count()).select_from(unpublished)) == 60, "the published file learns of it"
    wanted = {("lasting", day) for day in days[30:]} | {("over", days[30]), ("quiet", BORDER)}
    assert {tuple(row) for row in left} == wanted


def test_a_batch_is_a_transaction_and_none_is_large(home: Home) -> None:
    add_job(home, DAY)
    count = 2 * old_records.BATCH + 5
    with home.state.write() as connection:
        rows = [said(f"rule-{each}", OLD + timedelta(days=each % 3), "not") for each in range(count)]
        connection.execute(sa.insert(rule_evaluations), rows)
    batches: list[int] = []
    prune_evaluations(home, days=400, forget=True, moved=batches.append)
    assert batches == [old_records.BATCH, 2 * old_records.BATCH, count]


def test_prune_says_what_would_go_and_sizes_say_how_long_it_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    with world.home() as home:
        old, _ = add_job(home, OLD, state="failed"), add_job(home, DAY)
        days = {each.what: (each.kept_days, each.forgotten_by) for each in kept(home)}
    assert days["sync jobs"] == days["calls"] == (400, "prune --jobs-days")
    assert days["rule evaluations"] == (400, "prune --evaluations-days")
    assert days["alerts"] == (None, None)
    assert run(["prune", "--jobs-days", "400", "--evaluations-days", "400", "--json"]) == 0
    told = {each["place"]: (each["items"], each["removed"]) for each in json.loads(capsys.readouterr().out)}
    assert told == {"jobs": (1, False), "calls": (0, False), "evaluations": (0, False)}
    assert run(["prune", "--jobs-days", "400", "--yes"]) == 0
    assert run(["prune", "--jobs-days", "40"]) == 2, "what rules and the panel look back at stays"
    with world.home() as home:
        assert old not in jobs(home)
