"""`vault seal`, `unseal`, `check` on homes that lived: a mixed vault goes on, a killed one is ended, a lost key costs no call."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import filelock
import pytest
import zstandard
from cryptography.fernet import Fernet

from clarity_pipeline.upkeep.backup.back_up import back_up
from clarity_pipeline.upkeep.backup.restore import restore
from clarity_pipeline.upkeep.doctor.diagnose import diagnose
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.upkeep.sealing import NoVaultKey, SealingRunning, check_all, seal_all, unseal_all
from clarity_pipeline.vault.keys_in_use import KeysInUse
from clarity_pipeline.vault.seal import VaultLocked, name_of
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline_tests.cli.conftest import Clarity, at_home  # noqa: F401 - a fixture
from clarity_pipeline_tests.lived_in import tables
from clarity_pipeline_tests.world import DAY, World

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def urls(world: World) -> set[bytes]:
    """Every URL of every answer, as it stands in them; of a vault that is not sealed."""
    bodies = [zstandard.ZstdDecompressor().decompress(path.read_bytes()) for path in files(world)]
    return {url for body in bodies for url in re.findall(rb'https?://[^"\\]+', body)}


def files(world: World) -> list[Path]:
    return sorted(world.settings.vault_folder.rglob("*.json.zst"))


def on_disk(world: World) -> bytes:
    """What the vault's files hold, unpacked where anybody could unpack them."""
    found = [path.read_bytes() for path in world.settings.vault_folder.rglob("*") if path.is_file()]
    return b"\n".join(found + [_unpacked(each) for each in found])


def _unpacked(content: bytes) -> bytes:
    try:
        return zstandard.ZstdDecompressor().decompress(content)
    except zstandard.ZstdError:
        return b""


def test_no_url_of_any_answer_lies_on_the_disk_once_the_vault_is_sealed_and_everything_goes_on(
    lived_in: World, tmp_path: Path
) -> None:
    known, before = urls(lived_in), tables(lived_in.settings.warehouse_file)
    assert len(known) > 20
    assert all(url in on_disk(lived_in) for url in known), "the search finds them where they lie open"
    lived_in.vault_keys = (NEW,)
    done = seal_all(lived_in.settings)
    assert (done.answers, done.changed, done.key) == (13, 13, name_of(NEW))
    assert [url for url in known if url in on_disk(lived_in)] == []
    assert check_all(lived_in.settings).document() == {
        "answers": 13, "unsealed": 0, "by_key": {name_of(NEW): 13}, "unreadable": [],
    }  # fmt: skip
    with lived_in.home() as home:
        replay(home, workers=2)
        back_up(home, tmp_path / "kept")
    assert tables(lived_in.settings.warehouse_file) == before
    kept = b"".join(path.read_bytes() for path in (tmp_path / "kept" / "vault").rglob("*") if path.is_file())
    assert [url for url in known if url in kept] == []
    assert seal_all(lived_in.settings).changed == 0
    assert (unseal_all(lived_in.settings).changed, urls(lived_in)) == (13, known)
    lived_in.vault_keys = ()
    with lived_in.home() as home:
        assert home.vault.business_days()


def test_a_rotation_ends_with_the_new_key_alone(lived_in: World) -> None:
    lived_in.vault_keys = (OLD,)
    seal_all(lived_in.settings)
    before = {path: path.read_bytes() for path in files(lived_in)}
    lived_in.vault_keys = (NEW, OLD)
    with lived_in.home() as home:
        home.vault.keys.newest()
        assert home.vault.keys.in_use().names == (name_of(NEW), name_of(OLD))
    lived_in.vault_keys = (NEW,)
    with pytest.raises(VaultLocked, match=name_of(OLD)), lived_in.home():
        pass  # the older one was let go too early
    with pytest.raises(VaultLocked):
        seal_all(lived_in.settings)
    assert {path: path.read_bytes() for path in files(lived_in)} == before, "nothing was changed"
    lived_in.vault_keys = (NEW, OLD)
    assert seal_all(lived_in.settings).changed == 13
    lived_in.vault_keys = (NEW,)
    assert check_all(lived_in.settings).by_key == {name_of(NEW): 13}
    with lived_in.home() as home:
        assert home.vault.keys.in_use() == KeysInUse((name_of(NEW),), is_whole=True)


@pytest.mark.parametrize(
    ("command", "step", "written"),
    [
        ("seal", "vault_keys_noted", 0),
        ("seal", "vault_answer_laid", 1),
        ("seal", "vault_all_sealed", 13),
        ("unseal", "vault_answer_laid", 1),
        ("unseal", "vault_all_unsealed", 13),
    ],
)
def test_sealing_that_is_killed_leaves_every_answer_readable_and_the_next_run_ends_it(
    command: str, step: str, written: int, lived_in: World
) -> None:
    lived_in.vault_keys = (NEW,)
    if command == "unseal":
        seal_all(lived_in.settings)
    environment = {**os.environ, **lived_in.environment, "CLARITY_FAILPOINT": step}
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; from clarity_pipeline.cli.main import main; main(sys.argv[1:])", "vault", command],
        env=environment, capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL
    found = check_all(lived_in.settings)
    changed = found.by_key.get(name_of(NEW), 0) if command == "seal" else found.unsealed
    assert (found.answers, found.unreadable, changed) == (13, (), written)
    done = (seal_all if command == "seal" else unseal_all)(lived_in.settings)
    assert (done.answers, done.changed) == (13, 13 - written)
    assert not list(lived_in.settings.vault_folder.rglob("*.tmp"))


@pytest.mark.parametrize("given", [(), (OLD,)])
def test_a_lost_key_is_one_sentence_and_no_call(
    given: tuple[str, ...],
    synced: World,
    at_home: Callable[[World], Clarity],  # noqa: F811
    tmp_path: Path,
) -> None:
    synced.vault_keys = (NEW,)
    seal_all(synced.settings)
    synced.vault_keys = given
    synced.later(days=1)
    clarity = at_home(synced)
    for arguments in (("sync",), ("test", "acme"), ("replay",), ("pages", "preview", "acme"), ("vault", "check")):
        ran = clarity(*arguments)
        assert (ran.status, ran.out) == (1, ""), arguments
        assert ran.error.startswith(f"the vault is sealed with the key {name_of(NEW)}"), arguments
        assert "give it back there" in ran.error
    assert synced.calls() == 0
    assert "give it back there" in clarity("doctor").out
    assert clarity("status").status == clarity("backup", str(tmp_path / "kept.tar")).status == 0
    assert clarity("publish").status == 0, "what is loaded lies open, and needs no key"
    second = replace(synced.settings, home=tmp_path / "second")
    with pytest.raises(VaultLocked):
        restore(second, tmp_path / "kept.tar")
    assert restore(replace(second, vault_keys=(NEW,)), tmp_path / "kept.tar").answers == len(files(synced))


def test_who_was_started_before_the_vault_was_sealed_pays_for_no_call_that_it_could_not_keep(synced: World) -> None:
    synced.later(days=1)
    with synced.home() as home:
        capture = home.capture
        synced.vault_keys = (NEW,)
        seal_all(synced.settings)
        with pytest.raises(VaultLocked):
            capture.test("acme")
    assert synced.calls() == 0


def test_a_night_behind_a_sealed_one_is_sealed_too(synced: World) -> None:
    known = urls(synced)
    synced.vault_keys = (NEW,)
    synced.later(days=1)
    with synced.home() as home:
        assert [each.code for each in diagnose(home) if each.code.startswith("vault")] == ["vault_not_sealed"]
    assert synced.sync(DAY.replace(day=4)).unsuccessful == ()
    assert check_all(synced.settings).by_key == {name_of(NEW): 4}
    assert check_all(synced.settings).unsealed == 4
    assert seal_all(synced.settings).changed == 4
    assert [url for url in known if url in on_disk(synced)] == []
    with synced.home() as home:
        assert [each.code for each in diagnose(home) if each.code.startswith("vault")] == []


def test_the_commands_say_what_they_did_and_what_comes_next(
    lived_in: World,
    at_home: Callable[[World], Clarity],  # noqa: F811
) -> None:
    clarity = at_home(lived_in)
    refused = clarity("vault", "seal")
    assert (refused.status, refused.out) == (1, "")
    assert "openssl rand" in refused.error
    lived_in.vault_keys = (NEW, OLD)
    name = name_of(NEW)
    ran = clarity("vault", "seal")
    assert ran.out.splitlines() == [
        f"Sealed 13 of 13 answers; all 13 open with the key {name} alone.",
        "Take the older keys out of CLARITY_VAULT_KEYS everywhere, and keep them with the back-ups made before.",
    ]
    assert clarity("vault", "check").out == f"13 of 13 answers can be read.\n13 are sealed with the key {name}.\n"
    assert clarity("vault", "seal", "--json").document == {"answers": 13, "changed": 0, "key": name}
    assert "sealed 13 answer(s) of the vault" in clarity("audit").out
    assert clarity("vault", "unseal").out.splitlines()[0] == "Unsealed 13 of 13 answers."
    files(lived_in)[3].write_bytes(b"nothing that anybody wrote")
    ran = clarity("vault", "check")
    assert (ran.status, ran.out.splitlines()[0]) == (1, "12 of 13 answers can be read.")
    assert "is damaged; restore it" in ran.error
    with sqlite3.connect(lived_in.folder / "state.db") as state:
        assert NEW not in "\n".join(state.iterdump())


def test_a_sealed_answer_that_is_damaged_stops_a_rotation_by_its_name(lived_in: World) -> None:
    lived_in.vault_keys = (OLD,)
    seal_all(lived_in.settings)
    damaged = files(lived_in)[3]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    lived_in.vault_keys = (NEW, OLD)
    with pytest.raises(VaultDamaged, match=re.escape(damaged.name)):
        seal_all(lived_in.settings)
    damaged.unlink()
    assert seal_all(lived_in.settings).answers == 12


def test_two_do_not_seal_at_once_and_without_a_key_nothing_is_sealed(lived_in: World) -> None:
    with pytest.raises(NoVaultKey, match="openssl rand"):
        seal_all(lived_in.settings)
    lived_in.vault_keys = (NEW,)
    with filelock.FileLock(lived_in.settings.locks_folder / "sealing.lock"), pytest.raises(SealingRunning):
        seal_all(lived_in.settings)
    assert check_all(lived_in.settings).unsealed == 13
