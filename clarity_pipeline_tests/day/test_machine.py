"""The machine's troubles are sentences, cost nothing that was loaded, and no call twice."""

import shutil
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


def mount(folder: Path, options: str) -> None:
    """A file system of its own; only root may have one."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a file system")


@pytest.fixture
def disk_of_few_files(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    mount(folder, "size=400m,nr_inodes=400")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 96 MB; only root may have one."""
    folder = tmp_path / "disk"
    mount(folder, "size=96m")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(file: Path) -> None:
    """Write until the disk is full, the last bytes one by one."""
    with file.open("wb", buffering=0) as filler:
        for size in (65536, 512):
            while filler.write(b"\0" * size) == size:
                pass
        filler.write(b"\0")


def fill_with_files(folder: Path) -> None:
    """Make empty files until the disk takes no more."""
    for number in range(1000):
        (folder / str(number)).touch()


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


@pytest.mark.slow("commands in processes of their own on a disk of their own")
def test_a_disk_without_inodes_is_a_sentence_and_with_some_again_the_night_goes_on(
    disk_of_few_files: Path, synced: World, tmp_path: Path
) -> None:
    world = moved(synced, disk_of_few_files / "home")
    expected = rows(world.settings.published_file)
    fillers = disk_of_few_files / "fillers"
    fillers.mkdir()
    with pytest.raises(OSError, match="No space"):
        fill_with_files(fillers)
    world.later(days=1)
    said_in_one_sentence(run_script("sync", environment=world.environment, cwd=tmp_path, seconds=280))
    assert rows(world.settings.published_file) == expected
    shutil.rmtree(fillers)
    assert run_script("sync", environment=world.environment, cwd=tmp_path, seconds=280).status == 0
    assert set(rows(world.settings.published_file)) > set(expected)
    assert world.calls() <= 4 + 4


@pytest.mark.slow("commands in processes of their own on a disk of their own")
def test_a_disk_that_turned_read_only_is_a_sentence_and_costs_nothing(small_disk: Path, synced: World, tmp_path: Path) -> None:
    world = moved(synced, small_disk / "home")
    expected = rows(world.settings.published_file)
    world.later(days=1)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    try:
        for command in ("sync", "publish"):
            ran = run_script(command, environment=world.environment, cwd=tmp_path, seconds=280)
            assert ran.status == 1
            assert "internal error" not in ran.err + ran.out
            assert "Traceback" not in ran.err
            assert any(said in ran.err for said in ("may not write", "yours to write", "Read-only file system"))
        assert (rows(world.settings.published_file), world.calls()) == (expected, 0)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert run_script("sync", environment=world.environment, cwd=tmp_path, seconds=280).status == 0
    assert (set(rows(world.settings.published_file)) > set(expected), world.calls()) == (True, 4)


def test_an_answer_that_the_disk_does_not_give_is_told_as_that_and_its_rows_stand(synced: World) -> None:
    """Linux answers a read of a process's first page with EIO, as a broken disk does."""
    answer = next(iter(synced.folder.glob("vault/acme/*/url_device/*.json.zst")))
    answer.unlink()
    answer.symlink_to("/proc/self/mem")
    with pytest.raises(OSError, match="Input/output error"):
        answer.read_bytes()
    before = rows(synced.settings.published_file)
    report = synced.sync()
    (lane,) = report.unsuccessful
    assert (lane.slice_name, lane.reason) == ("url_device", "vault_damaged")
    assert "Input/output error" in (lane.detail or "")
    assert rows(synced.settings.published_file) == before
    assert synced.calls() == 0


def moved(world: World, folder: Path) -> World:
    """The same world in another folder."""
    shutil.copytree(world.folder, folder)
    world.folder = folder
    return world
