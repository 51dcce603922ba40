"""A replay that is ended in the middle, and one of several processes: the file is the one that a replay at one go makes."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline.upkeep.replayed_lanes import finish_spans, spans_of
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.transaction import transaction
from clarity_pipeline_tests.imports.test_inbox import drop, take_entities
from clarity_pipeline_tests.lived_in import NEXT_DAY, tables
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.upkeep.test_replay import replayed
from clarity_pipeline_tests.world import DAY, World

SUMMED_UP = (*MARTS, "clarity_reconciliation")
STEPS = ["lane_inserted", "replay_batch_written", "replay_dates_finished", "replay_taken_over", "replay_built"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_leaves_the_old_file_and_the_next_goes_on(lived_in: World, step: str) -> None:
    with lived_in.home() as home:
        home.vault.forget("acme", date=NEXT_DAY)  # lanes that the old file alone tells
    drop(lived_in, "ads.csv")
    with lived_in.home() as home:
        take_entities(home, "ads.csv")
    warehouse = lived_in.settings.warehouse_file
    before, content = tables(warehouse), warehouse.read_bytes()
    assert in_a_process(lived_in.environment, step) == -signal.SIGKILL
    assert warehouse.read_bytes() == content
    done = replayed(lived_in)
    assert done.resumed_days == (0 if step in {"lane_inserted", "replay_built"} else 2)
    assert tables(warehouse) == before
    assert not list(warehouse.parent.glob("*.replay"))


def test_what_was_played_before_a_kill_is_played_again_where_it_would_come_out_otherwise_now(
    lived_in: World, tmp_path: Path
) -> None:
    assert in_a_process(lived_in.environment, "replay_dates_finished") == -signal.SIGKILL
    with lived_in.home() as home:
        home.connections.update("acme", kept_query_parameters=("utm_source",))
    assert replayed(lived_in, into=tmp_path / "anew.duckdb").resumed_days == 0
    assert replayed(lived_in).resumed_days == 3
    assert tables(lived_in.settings.warehouse_file) == tables(tmp_path / "anew.duckdb")


@pytest.mark.slow("starts two processes, which import what they need anew")
def test_several_processes_make_the_file_that_one_makes(lived_in: World, tmp_path: Path) -> None:
    done = [replayed(lived_in, into=tmp_path / f"{workers}.duckdb", workers=workers) for workers in (1, 2)]
    one, several = (replace(each, path=tmp_path, seconds=0.0) for each in done)
    assert one == several
    assert tables(tmp_path / "1.duckdb") == tables(tmp_path / "2.duckdb")


def test_many_lanes_are_written_and_summed_up_by_as_many_statements_as_few(lived_in: World) -> None:
    spans = [Span(DAY, NEXT_DAY, "acme", "zeta")]
    with lived_in.home() as home, home.warehouse.connect() as connection:
        days = {(row[0], row[1]) for row in connection.execute("select business_id, date from clarity_lane_loads").fetchall()}
        assert spans_of(connection, [DAY, NEXT_DAY]) == spans
        before = {name: connection.execute(f"from {name} order by all").fetchall() for name in SUMMED_UP}
        with transaction(connection):
            finish_spans(connection, spans)
        assert {name: connection.execute(f"from {name} order by all").fetchall() for name in SUMMED_UP} == before
    assert len(days) == 3


def in_a_process(environment: dict[str, str], failpoint: str | None) -> int | None:
    process = CONTEXT.Process(target=_replay, args=(environment, failpoint))
    process.start()
    process.join(60)
    return process.exitcode


def _replay(environment: dict[str, str], failpoint: str | None) -> None:
    os.environ.update(environment)
    if failpoint:
        os.environ["CLARITY_FAILPOINT"] = failpoint
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(run(["replay"]))
