"""A back-up and a real second home from it: nothing is fetched twice, and the next night goes on."""

import json
import os
import shutil
import signal
import stat
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline.connections.rotation import rotate
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.home import Home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateUnavailable
from clarity_pipeline.upkeep.backup.archive import BackupDamaged, TargetTaken
from clarity_pipeline.upkeep.backup.back_up import back_up
from clarity_pipeline.upkeep.backup.restore import DoesNotFit, HomeTaken, restore
from clarity_pipeline.vault.vault import Vault
from clarity_pipeline_tests.cli.conftest import Clarity, at_home  # noqa: F401 - a fixture
from clarity_pipeline_tests.day.test_crashes import rows
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.upkeep.test_replay import tables
from clarity_pipeline_tests.world import DAY, World

NAMES = ("kept", "kept.tar", "kept.tar.zst")


@pytest.fixture(scope="module")
def backed_up(_lived_in: World, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A back-up of the home with a past, by the name that says its kind; made once."""
    folder = tmp_path_factory.mktemp("backed-up")

    def of(name: str) -> Path:
        if not (folder / name).exists():
            with _lived_in.home() as home:
                back_up(home, folder / name)
        return folder / name

    return of


def elsewhere(world: World, folder: Path) -> World:
    """The same Clarity and clock, another machine's home."""
    second = World.__new__(World)
    second.folder, second.fake, second.now = folder, world.fake, world.now
    return second


def token(home: Home) -> str:
    return home.connections.credentials("acme")[1].reveal()


@pytest.mark.parametrize("name", NAMES)
def test_a_second_home_has_every_row_secret_answer_and_call(
    name: str, backed_up: Callable[[str], Path], lived_in: World, tmp_path: Path
) -> None:
    second = elsewhere(lived_in, tmp_path / "second")
    restored = restore(second.settings, backed_up(name))
    assert restored.failures == restored.notes == ()
    with lived_in.home() as original, second.home() as copy:
        assert copy.connections.all() == original.connections.all()
        assert token(copy) == token(original)
        assert copy.jobs.list() == original.jobs.list()
        assert copy.audit.entries() == original.audit.entries()
        for business_id in ("acme", "zeta"):
            found = [
                [replace(each, path=Path()) for each in home.vault.answers(business_id, date=DAY, slice_name="url_device")]
                for home in (original, copy)
            ]
            assert found[0] == found[1]
    assert tables(second.settings.warehouse_file) == tables(lived_in.settings.warehouse_file)
    assert restored.answers == len(list(lived_in.folder.rglob("*.json.zst")))
    for path in (second.folder / each for each in ("secret.key", "fingerprint.key", "state.db")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.slow("two days of a home, one of them on another machine")
def test_a_restored_home_fetches_nothing_twice_and_goes_on_with_the_next_night(synced: World, tmp_path: Path) -> None:
    with synced.home() as home:
        back_up(home, tmp_path / "kept.tar.zst")
    second = elsewhere(synced, tmp_path / "second")
    restore(second.settings, tmp_path / "kept.tar.zst")
    assert second.sync().unsuccessful == ()
    assert second.calls() == 0, "the answers of the day are in its vault"
    assert rows(second.settings.published_file) == rows(synced.settings.published_file)
    second.later(days=1)
    report = second.sync(DAY.replace(day=DAY.day + 1))
    assert (len(report.lanes), report.unsuccessful, second.calls()) == (4, (), 4)


@pytest.mark.parametrize("name", NAMES)
def test_a_back_up_is_its_owners_alone_and_nothing_is_overwritten(
    name: str, backed_up: Callable[[str], Path], lived_in: World, tmp_path: Path
) -> None:
    target = backed_up(name)
    paths = [target, *target.rglob("*")] if target.is_dir() else [target]
    assert not [path for path in paths if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    with lived_in.home() as home, pytest.raises(TargetTaken, match="no back-up is overwritten"):
        back_up(home, target)
    with pytest.raises(HomeTaken, match="nothing is overwritten"):
        restore(lived_in.settings, target)
    assert [path.name for path in target.parent.iterdir() if path.name not in NAMES] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_back_up_with_a_byte_turned_over_or_cut_short_is_refused_and_the_home_stays_empty(
    name: str, backed_up: Callable[[str], Path], tmp_path: Path
) -> None:
    target = backed_up(name)
    copy = tmp_path / name
    for damage in ("turned", "cut"):
        shutil.copytree(target, copy, dirs_exist_ok=True) if target.is_dir() else shutil.copyfile(target, copy)
        file = copy / "warehouse.duckdb" if target.is_dir() else copy
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 0xFF
        file.write_bytes(content if damage == "turned" else content[: len(content) // 2])
        settings = Settings(home=tmp_path / "second")
        with pytest.raises(BackupDamaged, match="another"):
            restore(settings, copy)
        assert not settings.home.exists() or list(settings.home.iterdir()) == []


def test_a_back_up_without_its_seal_was_never_finished(backed_up: Callable[[str], Path], tmp_path: Path) -> None:
    copy = shutil.copytree(backed_up("kept"), tmp_path / "copy")
    (copy / "seal.json").unlink()
    with pytest.raises(BackupDamaged, match="was never finished"):
        restore(Settings(home=tmp_path / "second"), copy)


@pytest.mark.parametrize("name", ["letter.txt", "kept.tar", "kept.tar.zst", "kept.zip"])
def test_what_is_no_back_up_is_called_that(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Dear all,")
    with pytest.raises(BackupDamaged, match="back-up"):
        restore(Settings(home=tmp_path / "home"), tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(BackupDamaged, match="back-up"):
        restore(Settings(home=tmp_path / "home"), tmp_path / name)
    assert not (tmp_path / "home").exists()


def test_no_member_leads_out_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "contents.json").write_text(json.dumps({"format": 1, "state": "state.db", "left_out": []}))
    (tmp_path / "evil").write_text("x")
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        tar.add(tmp_path / "contents.json", "contents.json")
        tar.add(tmp_path / "evil", "vault/../../../evil")
    with pytest.raises(BackupDamaged):
        restore(Settings(home=tmp_path / "a" / "b"), tmp_path / "evil.tar")
    assert not (tmp_path.parent / "evil").exists()


def test_keys_of_the_environment_are_not_in_it_and_are_asked_for(synced: World, tmp_path: Path) -> None:
    key = (synced.folder / "secret.key").read_text().strip()
    with synced.home() as home:
        home.__dict__["settings"] = replace(synced.settings, encryption_keys=(key,))
        done = back_up(home, tmp_path / "kept")
    assert "CLARITY_ENCRYPTION_KEYS" in " ".join(done.left_out)
    assert not (tmp_path / "kept" / "secret.key").exists()
    second = tmp_path / "second"
    with pytest.raises(DoesNotFit, match="do not open"):
        restore(replace(synced.settings, home=second), tmp_path / "kept")
    restore(replace(synced.settings, home=second, encryption_keys=(key,)), tmp_path / "kept")


def test_a_key_that_is_rotated_meanwhile_is_the_one_in_it(synced: World, tmp_path: Path) -> None:
    rotated = []

    def progress(_: str) -> None:  # the state is copied by then, the vault is not
        if not rotated:
            with synced.home() as home:
                box = load_secret_box(home.settings)
                rotated.append(rotate(home.state, box, settings=home.settings, clock=home.clock, actor="cli:anna"))

    with synced.home() as home:
        back_up(home, tmp_path / "kept.tar", progress=progress)
    assert rotated
    second = elsewhere(synced, tmp_path / "second")
    restore(second.settings, tmp_path / "kept.tar")
    with second.home() as home, synced.home() as original:
        assert token(home) == token(original)


def test_a_damaged_answer_of_the_home_is_named_and_all_else_is_there(lived_in: World, tmp_path: Path) -> None:
    answer = next(iter(sorted(lived_in.folder.rglob("*.json.zst"))))
    answer.write_bytes(answer.read_bytes()[:-9])
    with lived_in.home() as home:
        done = back_up(home, tmp_path / "kept")
    restored = restore(Settings(home=tmp_path / "second"), tmp_path / "kept")
    assert [answer.name in line for line in restored.failures] == [True]
    assert (restored.rows, restored.answers) == (done.rows, done.answers)


@pytest.mark.parametrize("step", ["restore_checked", "restore_moved_one"])
def test_a_restore_that_was_killed_is_run_again_and_nobody_works_in_half_a_home(
    step: str, backed_up: Callable[[str], Path], lived_in: World, tmp_path: Path
) -> None:
    second = elsewhere(lived_in, tmp_path / "second")
    assert restore_in_a_process(second.environment, backed_up("kept.tar"), step) == -signal.SIGKILL
    with pytest.raises(StateUnavailable, match="was not finished"), second.home():
        pass
    assert restore_in_a_process(second.environment, backed_up("kept.tar"), None) == 0
    assert (
        tables(second.settings.warehouse_file)["clarity_daily_metrics"]
        == (tables(lived_in.settings.warehouse_file)["clarity_daily_metrics"])
    )
    assert Vault(second.settings.vault_folder).business_days() == Vault(lived_in.settings.vault_folder).business_days()


def restore_in_a_process(environment: dict[str, str], source: Path, failpoint: str | None) -> int | None:
    process = CONTEXT.Process(target=_restore, args=(environment, str(source), failpoint))
    process.start()
    process.join(60)
    return process.exitcode


def _restore(environment: dict[str, str], source: str, failpoint: str | None) -> None:
    os.environ.update(environment)
    if failpoint:
        os.environ["CLARITY_FAILPOINT"] = failpoint
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(run(["restore", source]))


def test_the_commands_say_what_is_in_it_and_publish_again(
    synced: World,
    tmp_path: Path,
    at_home: Callable[[World], Clarity],  # noqa: F811
) -> None:
    ran = at_home(synced)("backup", str(tmp_path / "kept.tar.zst"))
    assert (ran.status, ran.err) == (0, "")
    assert "1 businesses, " in ran.out
    assert "4 answers, 4 lanes with" in ran.out
    assert "reads every token" in ran.out
    second = elsewhere(synced, tmp_path / "second")
    ran = at_home(second)("restore", str(tmp_path / "kept.tar.zst"), "--json")
    assert (ran.status, ran.document["answers"], ran.document["lanes"]) == (0, 4, 4)
    assert rows(second.settings.published_file) == rows(synced.settings.published_file)
    ran = at_home(second)("backup", str(tmp_path / "kept.tar.zst"))
    assert (ran.status, "no back-up is overwritten" in ran.error) == (1, True)
    ran = at_home(second)("restore", str(tmp_path / "nothing.tar"))
    assert (ran.status, "does not exist" in ran.error) == (1, True)
