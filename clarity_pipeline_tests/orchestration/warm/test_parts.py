"""What the launcher asks before it launches: which code lies on disk, and whose worker lives."""

import os
from pathlib import Path

import dagster as dg
import pytest

from clarity_pipeline.definitions import defs
from clarity_pipeline.orchestration.warm.code_version import CODE_VERSION, code_version
from clarity_pipeline.orchestration.warm.run_locks import RunLocks
from clarity_pipeline.orchestration.warm.worker import how_it_ended
from clarity_pipeline_tests.processes import CONTEXT


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for name in ("package/rules/rule.py", "package/columns.json", "sql/marts/one.sql", "package/__pycache__/rule.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    return tmp_path / "package"


@pytest.mark.parametrize("name", ["rules/rule.py", "columns.json", "../sql/marts/one.sql"])
def test_code_that_was_edited_is_other_code(package: Path, name: str) -> None:
    before = code_version(package)
    assert code_version(package) == before
    (package / name).write_text("12")
    edited = code_version(package)
    os.utime(package / name, ns=(1, 1))
    assert len({before, edited, code_version(package)}) == 3


def test_a_new_module_is_other_code_and_a_cache_is_not(package: Path) -> None:
    before = code_version(package)
    (package / "__pycache__" / "rule.py").write_text("12")
    assert code_version(package) == before
    (package / "rules" / "leaf.py").touch()
    assert code_version(package) != before


def test_the_code_location_says_which_code_it_has_loaded() -> None:
    metadata = defs().get_repository_def().metadata
    assert metadata[CODE_VERSION] == dg.MetadataValue.text(code_version())


def hold(folder: Path, taken: object, ends: object) -> None:
    """A worker: locks its file and ends when it is told to."""
    assert RunLocks(folder).take("run") is not None
    taken.set()  # type: ignore[attr-defined]
    ends.wait(20)  # type: ignore[attr-defined]


def test_a_lock_tells_the_living_from_the_dead_and_from_the_unknown(tmp_path: Path) -> None:
    locks, taken, ends = RunLocks(tmp_path / "runs"), CONTEXT.Event(), CONTEXT.Event()
    assert locks.life("run") == "unknown"
    worker = CONTEXT.Process(target=hold, args=(locks.folder, taken, ends))
    worker.start()
    assert taken.wait(20)
    assert locks.life("run") == "lives"
    assert locks.take("run") is None  # no second worker
    worker.kill()
    worker.join()
    assert locks.life("run") == "has ended"
    locks.forget("run")
    assert locks.life("run") == "unknown"
    assert locks.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("exit_code", "words"), [(-9, "SIGKILL: the machine was out of memory"), (-11, "ended by SIGSEGV."), (1, "with exit code 1")]
)
def test_a_crash_is_said_with_its_cause_and_what_to_do(exit_code: int, words: str) -> None:
    assert words in how_it_ended(exit_code)
    assert how_it_ended(exit_code).endswith("re-execute the run from failure.")
