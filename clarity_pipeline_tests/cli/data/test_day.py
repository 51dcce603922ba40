"""sync, test, publish: what they print, how they exit, and what they spend."""

from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.simulator import faults
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.world import DAY, PROJECT, World


def test_a_second_sync_spends_no_call_and_is_as_good(clarity: Clarity, world: World) -> None:
    first = clarity("sync", "--json")
    assert (first.status, first.err) == (0, "")
    assert first.out == clarity("jobs", "--json").out
    second = clarity("sync", "--json")
    assert (second.status, world.calls()) == (0, 4)
    assert [(job["state"], job["reason"], job["calls"]) for job in second.document] == [("ok", "already_in_vault", 0)] * 4
    assert [job["rows"] for job in second.document] == [job["rows"] for job in first.document]


def test_a_disabled_business_does_not_make_a_sync_fail(clarity: Clarity, world: World) -> None:
    clarity("disable", "acme")
    ran = clarity("sync", "--json")
    assert (ran.status, ran.out) == (0, "[]\n")
    assert "nothing to sync" in ran.err
    world.connect("beta")
    ran = clarity("sync", "--json")
    assert (ran.status, {job["business"] for job in ran.document}) == (0, {"beta"})
    assert world.calls() == 4


def test_one_that_is_named_although_disabled_is_skipped_with_the_reason(clarity: Clarity, world: World) -> None:
    clarity("disable", "acme")
    ran = clarity("sync", "--business", "acme", "--json")
    assert ran.status == 1
    assert [(job["state"], job["reason"]) for job in ran.document] == [("skipped", "disabled")] * 4
    assert "acme is disabled (paused)" in ran.error
    assert world.calls() == 0


def test_a_spent_day_is_status_3_and_other_failures_are_1(clarity: Clarity, world: World) -> None:
    world.fake.spend_day(PROJECT)
    ran = clarity("sync")
    assert ran.status == 3
    assert ran.out.startswith(f"{DAY}: 0 of 4 lanes ok")
    assert all(line.startswith(f"error: acme {DAY} ") and "(quota_spent)" in line for line in ran.err.splitlines())
    world.later(hours=24)
    world.fake.script(PROJECT, faults.NOT_JSON, faults.QUOTA_SPENT)
    ran = clarity("sync")
    assert ran.status == 1, "a malformed answer is in the way as well"
    assert "answer_malformed" in ran.err


def test_a_rejected_token_is_status_1_and_one_call(clarity: Clarity, world: World) -> None:
    world.fake.revoke(PROJECT, status=403)
    ran = clarity("sync")
    assert (ran.status, world.calls()) == (1, 1)
    assert "token_rejected" in ran.err
    assert "Traceback" not in ran.out + ran.err


def test_a_date_that_is_gone_says_so_and_spends_nothing(clarity: Clarity, world: World) -> None:
    ran = clarity("sync", "--date", "2026-05-01")
    assert (ran.status, world.calls()) == (1, 0)
    assert "day_not_fetchable" in ran.error


def test_test_counts_and_ends_before_the_four_that_are_kept(clarity: Clarity, world: World) -> None:
    for used in range(1, 7):
        ran = clarity("test", "acme")
        assert (ran.status, ran.err) == (0, "")
        assert f"This took 1 of the day's 10 calls; {10 - used} are left until 00:00 UTC." in ran.out.splitlines()
    ran = clarity("test", "acme")
    assert (ran.status, ran.out) == (3, "")
    assert "kept for its daily lanes" in ran.error
    assert world.calls() == 6
    assert clarity("status", "--json").document[0]["status"] == "connected"


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        (faults.FORBIDDEN, 1, "HTTP 403"),
        (faults.QUOTA_SPENT, 3, "HTTP 429"),
        (faults.SERVER_ERROR, 1, "HTTP 500"),
        (faults.HTML, 1, ""),
    ],
)
def test_a_test_that_fails_is_one_line(clarity: Clarity, world: World, fault: faults.Fault, status: int, said: str) -> None:
    world.fake.script(PROJECT, fault)
    ran = clarity("test", "acme")
    assert (ran.status, ran.out, world.calls()) == (status, "", 1)
    assert said in ran.error


def test_publish_puts_a_file_in_place_also_before_the_first_load(clarity: Clarity, world: World) -> None:
    ran = clarity("publish")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"Published {world.settings.published_file} (")
    with duckdb.connect(world.settings.published_file, read_only=True) as connection:
        assert connection.execute("select count(*) from clarity_daily_metrics").fetchall() == [(0,)]


def test_a_damaged_warehouse_is_one_line_that_says_how_to_get_it_back(clarity: Clarity, world: World) -> None:
    world.settings.warehouse_file.write_bytes(b"no duckdb" * 1000)
    for words in (["publish"], ["rules", "preview"]):
        ran = clarity(*words)
        assert (ran.status, ran.out) == (1, "")
        assert "`clarity-pipeline replay` sets aside what cannot be read and makes the warehouse anew" in ran.error


@pytest.mark.slow("the command waits a minute for the other process to finish")
def test_a_warehouse_that_another_process_holds_is_one_line_naming_it(clarity: Clarity, world: World) -> None:
    """Slow, since the command waits a minute for the other one to finish."""
    held, done = CONTEXT.Event(), CONTEXT.Event()
    holder = CONTEXT.Process(target=_hold, args=(world.settings.warehouse_file, held, done))
    holder.start()
    try:
        assert held.wait(30)
        ran = clarity("publish")
    finally:
        done.set()
        holder.join(30)
    assert (ran.status, ran.out) == (1, "")
    assert f"held by process {holder.pid} (loading by hand)" in ran.error


def _hold(file: Path, held: Event, done: Event) -> None:
    with Warehouse(file).hold(what="loading by hand"):
        held.set()
        done.wait(110)
