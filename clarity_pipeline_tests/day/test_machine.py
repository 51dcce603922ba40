"""The machine's troubles are sentences, cost nothing that was loaded, and no call twice."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clarity_pipeline.errors import machine_refusal
from clarity_pipeline_tests.cli.running import Ran, run_script
from clarity_pipeline_tests.day.test_crashes import rows
from clarity_pipeline_tests.world import World


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("(sqlite3.OperationalError) database or disk is full", "the disk is full"),
        ("[Errno 28] No space left on device", "the disk is full"),
        ("(sqlite3.OperationalError) attempt to write a readonly database", "it may not write"),
        ("[Errno 30] Read-only file system: 'x'", "it may not write"),
        ("(sqlite3.OperationalError) disk I/O error", "cannot be read or written"),
        ("[Errno 24] Too many open files", "too many files are open"),
        ("cannot execute INSERT in a read-only transaction", "a standby"),
        ("FATAL:  the database system is shutting down", "was restarted"),
        ("terminating connection due to administrator command", "was restarted"),
    ],
)
def test_what_the_machine_refuses_is_said_in_our_words(said: str, told: str) -> None:
    sentence = machine_refusal("a step failed", said)
    assert sentence is not None
    assert told in sentence


def test_anything_else_is_no_trouble_of_the_machine() -> None:
    assert machine_refusal("Conversion Error: Type INT128 with value 1 cannot be cast") is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 96 MB; only root may have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", folder], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(file: Path) -> None:
    """Write until the disk is full, the last bytes one by one."""
    with file.open("wb", buffering=0) as filler:
        for size in (65536, 512):
            while filler.write(b"\0" * size) == size:
                pass
        filler.write(b"\0")


def said_in_one_sentence(ran: Ran) -> None:
    assert ran.status == 1
    assert "internal error" not in ran.err
    assert "Traceback" not in ran.err
    assert "the machine refuses" in ran.err or "check that it is there, not full" in ran.err  # whichever store meets it first


@pytest.mark.slow("commands in processes of their own on a disk of their own")
def test_a_full_disk_is_a_sentence_and_with_room_again_the_night_goes_on(small_disk: Path, tmp_path: Path) -> None:
    world = World(small_disk / "home")
    with world.fake:
        world.connect()
        assert run_script("sync", environment=world.environment, cwd=tmp_path, seconds=280).status == 0
        expected = rows(world.settings.published_file)
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space"):
            fill(filler)
        world.later(days=1)
        said_in_one_sentence(run_script("sync", environment=world.environment, cwd=tmp_path, seconds=280))
        assert rows(world.settings.published_file) == expected
        filler.unlink()
        assert run_script("sync", environment=world.environment, cwd=tmp_path, seconds=280).status == 0
        assert set(rows(world.settings.published_file)) > set(expected)
        assert world.calls() <= 8 + 4
