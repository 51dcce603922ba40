"""Whoever reads the published file keeps a whole version of it, and a crash leaves the old one or the new one, never half."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import load
from clarity_pipeline_tests.warehouse.processes import finish, start

SESSIONS = "select sessions from clarity_daily_metrics"

DUCKDB = f"""
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    print("open", flush=True)
    sys.stdin.readline()
    print(connection.execute("{SESSIONS}").fetchall())
"""

CP = """
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    read = file.read(100)
    print("open", flush=True)
    sys.stdin.readline()
    print(hashlib.sha256(read + file.read()).hexdigest())
"""


class Reader:
    """A process that has a file open; asked what it reads, it says so and ends."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def reads(self) -> str:
        said, _ = self._process.communicate("go on\n", timeout=60)
        return said.strip()


@contextmanager
def reader(program: str, path: Path) -> Iterator[Reader]:
    command = [sys.executable, "-c", program, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield Reader(process)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def copy(warehouse: Warehouse) -> Path:
    return warehouse.path.with_name("clarity.duckdb")


def go_on(warehouse: Warehouse, copy: Path, sessions: int) -> str:
    """Load another number and publish; the way."""
    load(warehouse, [{"sessions": sessions}] * 3)
    way = publish(warehouse, copy).way
    with duckdb.connect(copy, read_only=True) as connection:
        assert connection.execute(SESSIONS).fetchall() == [(sessions,)] * 3
    return way


def test_two_files_take_turns(warehouse: Warehouse, copy: Path) -> None:
    ways, files = [], []
    for sessions in range(5):
        ways.append(go_on(warehouse, copy, sessions))
        files.append(copy.stat().st_ino)
    assert ways == ["whole", "copy", "changes", "changes", "changes"]
    assert files[1] != files[2] == files[4]
    assert files[1] == files[3]


def test_a_reader_of_each_of_the_two_files_keeps_a_whole_version(warehouse: Warehouse, copy: Path) -> None:
    for sessions in range(3):
        go_on(warehouse, copy, sessions)
    with reader(DUCKDB, copy) as of_one:
        assert go_on(warehouse, copy, 3) == "changes"
        with reader(DUCKDB, copy) as of_other:
            assert go_on(warehouse, copy, 4) == "copy"
            assert go_on(warehouse, copy, 5) == "copy"
            assert of_other.reads() == str([(3,)] * 3)
        assert go_on(warehouse, copy, 6) == "changes"
        assert of_one.reads() == str([(2,)] * 3)
    assert go_on(warehouse, copy, 7) == "changes"


def test_somebody_who_copies_the_file_gets_a_whole_one(warehouse: Warehouse, copy: Path) -> None:
    """`cp`, `scp`, a backup: they take no lock of DuckDB's."""
    for sessions in range(3):
        go_on(warehouse, copy, sessions)
    whole = hashlib.sha256(copy.read_bytes()).hexdigest()
    with reader(CP, copy) as copying:
        assert [go_on(warehouse, copy, sessions) for sessions in range(3, 6)] == ["changes", "copy", "changes"]
        assert copying.reads() == whole


def test_a_second_name_of_the_file_keeps_what_it_has(warehouse: Warehouse, copy: Path) -> None:
    for sessions in range(3):
        go_on(warehouse, copy, sessions)
    kept = copy.with_name("of-tuesday.duckdb")
    os.link(copy, kept)
    whole = kept.read_bytes()
    assert [go_on(warehouse, copy, sessions) for sessions in range(3, 6)] == ["changes", "copy", "changes"]
    assert kept.read_bytes() == whole


@pytest.mark.parametrize("failpoint", ["begun", "brought_up", "kept", "renamed", "swapped"])
def test_a_publication_that_is_killed_leaves_the_old_file_or_the_new_and_the_next_goes_on(
    warehouse: Warehouse, copy: Path, failpoint: str
) -> None:
    for sessions in range(3):
        go_on(warehouse, copy, sessions)
    load(warehouse, [{"sessions": 3}] * 3)
    assert finish(start(warehouse.path, "publish", failpoint=f"published_{failpoint}")) == -signal.SIGKILL
    with duckdb.connect(copy, read_only=True) as connection:
        expected = 3 if failpoint in {"renamed", "swapped"} else 2
        assert connection.execute(SESSIONS).fetchall() == [(expected,)] * 3
    for sessions in range(4, 6):
        go_on(warehouse, copy, sessions)
    assert go_on(warehouse, copy, 6) == "changes"
    hidden = sorted(path.name for path in copy.parent.glob(".*"))
    assert hidden == [".clarity.duckdb.lock", ".clarity.duckdb.next"]


def test_a_file_that_was_half_brought_up_is_never_taken_for_a_whole_one(warehouse: Warehouse, copy: Path) -> None:
    for sessions in range(3):
        go_on(warehouse, copy, sessions)
    following = copy.with_name(".clarity.duckdb.next")
    times = following.stat()
    with duckdb.connect(following) as connection:
        connection.execute("delete from clarity_publications")
    os.utime(following, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert go_on(warehouse, copy, 3) == "copy"


def test_a_warehouse_restored_from_a_backup_is_published_whole(warehouse: Warehouse, copy: Path) -> None:
    for sessions in range(3):
        go_on(warehouse, copy, sessions)
    backup = shutil.copyfile(warehouse.path, warehouse.path.with_name("backup.duckdb"))
    for sessions in range(3, 5):
        go_on(warehouse, copy, sessions)
    shutil.copyfile(backup, warehouse.path)
    load(warehouse, [{"sessions": 2}] * 3)
    assert publish(warehouse, copy).way == "whole"
    assert go_on(warehouse, copy, 9) == "copy"


def test_published_files_that_were_copied_from_elsewhere_are_made_anew(warehouse: Warehouse, copy: Path) -> None:
    for sessions in range(3):
        go_on(warehouse, copy, sessions)
    for path in (copy, copy.with_name(".clarity.duckdb.next")):
        shutil.copyfile(path, path.with_name("restored"))
        path.with_name("restored").replace(path)
    assert go_on(warehouse, copy, 3) == "whole"


def test_the_tables_of_another_state_database_are_taken_over_whole(
    warehouse: Warehouse, copy: Path, state: StateDatabase, tmp_path: Path, migrated_file: Path
) -> None:
    from clarity_pipeline.calls.sync_jobs import SyncJobs
    from clarity_pipeline_tests.warehouse.lanes import DAY, FETCHED_AT

    def jobs(of: StateDatabase, business_id: str) -> list[tuple[str]]:
        SyncJobs(of, clock=lambda: FETCHED_AT).start(business_id, date=DAY, slice_name="totals", run_id=None)
        publish(warehouse, copy, state=of)
        with duckdb.connect(copy, read_only=True) as connection:
            return connection.execute("select business_id from clarity_sync_jobs order by all").fetchall()

    assert jobs(state, "acme") == [("acme",)]
    assert jobs(state, "baker") == [("acme",), ("baker",)]
    other = StateDatabase(f"sqlite:///{shutil.copyfile(migrated_file, tmp_path / 'other.db')}")
    assert jobs(other, "cook") == [("cook",)]
    assert jobs(other, "dairy") == [("cook",), ("dairy",)]
    other.dispose()
