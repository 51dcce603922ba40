"""Any warehouse file ever released opens, with the rows it had and the layout of a new one."""

import hashlib
import json
import signal
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.store import STORAGE_VERSION, Warehouse
from clarity_pipeline_tests.released.contents import of_warehouse
from clarity_pipeline_tests.released.files import STEPS, WAREHOUSES, KeptFile, label, step_digests
from clarity_pipeline_tests.warehouse.processes import finish, start
from clarity_pipeline_tests.warehouse.shapes import shape

every_layout = pytest.mark.parametrize("kept", WAREHOUSES, ids=label)
MAKE = "run `python -m clarity_pipeline_tests.released.make`"


@every_layout
def test_a_released_file_opens_with_its_rows_and_is_like_a_new_one(kept: KeptFile, tmp_path: Path, empty_file: Path) -> None:
    file = kept.unpack(tmp_path)
    before = of_warehouse(file, kept.lasting)
    with Warehouse(file).connect() as connection:
        assert schema.version(connection) == len(schema.steps())
    assert of_warehouse(file, kept.lasting) == before
    assert shape(file) == shape(empty_file)


def test_a_file_without_a_table_takes_one_step_after_another_and_is_like_a_new_one(tmp_path: Path, empty_file: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    duckdb.connect(file, config={"storage_compatibility_version": STORAGE_VERSION}).close()
    with Warehouse(file).connect():
        pass
    assert shape(file) == shape(empty_file)


@every_layout
def test_a_kept_file_has_the_layout_of_its_name_and_rows_in_every_table(kept: KeptFile, tmp_path: Path) -> None:
    file = kept.unpack(tmp_path)
    with duckdb.connect(file, read_only=True) as connection:
        assert schema.version(connection) == kept.number
    found = of_warehouse(file)
    assert found == kept.held
    assert all(content["rows"] for content in found.values())


@every_layout
def test_the_marts_of_a_released_file_say_what_their_selects_do(kept: KeptFile, tmp_path: Path) -> None:
    with Warehouse(kept.unpack(tmp_path)).connect() as connection:
        for mart in MARTS.values():
            for at, select in enumerate((f"from {mart.name}", mart.select)):
                connection.execute(f"create or replace temp table side{at} as {select}")
            same = "select count(*) from (from side{} except all from side{})"
            found = [connection.execute(same.format(*pair)).fetchall() for pair in ((0, 1), (1, 0))]
            assert found == [[(0,)], [(0,)]], mart.name


def test_each_step_has_a_kept_file() -> None:
    assert [kept.number for kept in WAREHOUSES] == [step.layout for step in schema.steps()], MAKE


def test_a_step_that_was_released_never_changes() -> None:
    assert step_digests() == json.loads(STEPS.read_text(encoding="utf-8")), f"{MAKE}; a step that it noted before must not change"


def test_steps_are_numbered_without_a_gap_and_hold_nothing_that_is_generated() -> None:
    assert [step.layout for step in schema.steps()] == list(range(1, len(schema.steps()) + 1))
    assert [
        step.name for step in schema.steps() if "-- generated" in (statements_folder() / f"{step.name}.sql").read_text()
    ] == []


def statements_folder() -> Path:
    return Path(__file__).parents[2] / "sql" / "steps"


def test_every_table_is_as_its_file_in_the_tables_folder_says(empty_file: Path) -> None:
    declared = {file.stem: file.read_text(encoding="utf-8") for file in (statements_folder().parent / "tables").glob("*.sql")}
    with duckdb.connect() as memory, duckdb.connect(empty_file, read_only=True) as made:
        for text in declared.values():
            memory.execute(text)
        tables = {name for (name,) in made.execute("select table_name from duckdb_tables()").fetchall()}
        assert set(declared) == tables - set(MARTS)
        for table in declared:
            described = f"describe {table}"
            assert memory.execute(described).fetchall() == made.execute(described).fetchall(), f"sql/tables/{table}.sql"


def test_a_file_that_follows_already_is_not_written_to(tmp_path: Path) -> None:
    file = WAREHOUSES[0].unpack(tmp_path)
    with Warehouse(file).connect():
        pass
    before = hashlib.sha256(file.read_bytes()).digest()
    with Warehouse(file).connect():
        pass
    assert hashlib.sha256(file.read_bytes()).digest() == before


STEPS_TAKEN = [f"step_{step.layout}" for step in schema.steps()[1:]]
MOMENTS = [f"{made}_{moment}" for made in (*STEPS_TAKEN, *MARTS, "views_and_macros") for moment in ("made", "committed")]
"""Where a process that upgrades a file of the first layout may be killed, in their order."""


@pytest.mark.parametrize("moment", ["step_2_made", "step_3_committed", "step_6_made", "site_day_made", "views_and_macros_made"])
def test_a_process_killed_while_it_upgrades_leaves_a_file_that_goes_on(moment: str, tmp_path: Path, empty_file: Path) -> None:
    assert moment in MOMENTS
    killed_in_turn([moment], tmp_path, empty_file)


@pytest.mark.slow("it builds or opens many warehouse files")
@pytest.mark.timeout(600)
def test_processes_killed_in_turn_in_and_after_every_step_and_mart_leave_a_file_that_goes_on(
    tmp_path: Path, empty_file: Path
) -> None:
    killed_in_turn(MOMENTS, tmp_path, empty_file)


def killed_in_turn(moments: Sequence[str], folder: Path, new: Path) -> None:
    kept = WAREHOUSES[0]
    file = kept.unpack(folder)
    before = of_warehouse(file, kept.lasting)
    for moment in moments:
        assert finish(start(file, "open", failpoint=moment)) == -signal.SIGKILL, moment
    with Warehouse(file).connect():
        pass
    assert of_warehouse(file, kept.lasting) == before
    assert shape(file) == shape(new)


def test_the_log_of_a_killed_process_holds_no_step_but_the_last(tmp_path: Path) -> None:
    file = WAREHOUSES[0].unpack(tmp_path)
    assert finish(start(file, "open", failpoint="step_6_made")) == -signal.SIGKILL
    without_its_log = file.rename(file.with_name("without its log.duckdb"))
    with duckdb.connect(without_its_log, read_only=True) as connection:
        assert schema.version(connection) == 5
