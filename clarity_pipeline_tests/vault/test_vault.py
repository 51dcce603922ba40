"""Answers on disk: written once, read back to the byte, preferred in the right order."""

import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.vault.stored_answer import Purpose, StoredAnswer, VaultDamaged
from clarity_pipeline.vault.vault import Vault

DAY = date(2026, 5, 3)
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)


def keep(vault: Vault, body: bytes = b"[]", *, minutes: int = 5, purpose: Purpose = "sync") -> StoredAnswer:
    fetched_at = MIDNIGHT + timedelta(minutes=minutes)
    window = (fetched_at - timedelta(days=1), fetched_at)
    return vault.keep(body, business_id="acme", date=DAY, slice_name="url_device", num_of_days=1, window=window, purpose=purpose)


def answers(vault: Vault) -> list[StoredAnswer]:
    return vault.answers("acme", date=DAY, slice_name="url_device")


@settings(max_examples=25)
@given(body=st.binary(max_size=4000))
def test_bytes_come_back_as_they_were_received(body: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    vault = Vault(tmp_path_factory.mktemp("vault"))
    stored = keep(vault, body)
    assert vault.read(stored) == body
    assert answers(vault) == [stored]


def test_a_second_answer_of_the_same_instant_never_replaces_the_first(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    first, second = keep(vault, b"first"), keep(vault, b"second", purpose="refetch")
    assert {vault.read(each) for each in (first, second)} == {b"first", b"second"}
    assert len(answers(vault)) == 2


def test_what_the_pipeline_asked_for_comes_before_a_test_and_newer_before_older(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    for minutes, purpose in ((2, "test"), (5, "sync"), (90, "refetch"), (180, "test")):
        keep(vault, minutes=minutes, purpose=purpose)  # type: ignore[arg-type]
    assert [(each.fetched_at - MIDNIGHT).seconds // 60 for each in answers(vault)] == [90, 5, 180, 2]


def test_damage_is_said_and_not_loaded(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    stored = keep(vault, b"x" * 1000)
    other = keep(vault, b"y" * 1000, minutes=6)
    stored.path.write_bytes(other.path.read_bytes())
    with pytest.raises(VaultDamaged, match="restore it"):
        vault.read(stored)
    stored.path.write_bytes(b"not zstd")
    with pytest.raises(VaultDamaged):
        vault.read(stored)
    next(stored.path.parent.glob("*.meta.json")).write_text("{}")
    with pytest.raises(VaultDamaged, match="sidecar"):
        answers(vault)


def test_an_answer_whose_writing_was_cut_off_is_not_there(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    stored = keep(vault)
    stored.path.unlink()  # killed after the sidecar, before the rename
    (stored.path.parent / f".{stored.path.name}.77.tmp").write_bytes(b"half")
    assert answers(vault) == []


def test_visitors_data_is_for_the_owner_alone(tmp_path: Path) -> None:
    stored = keep(Vault(tmp_path / "home" / "vault"))
    assert mode(stored.path) == 0o600
    assert {mode(folder) for folder in stored.path.parents if folder.is_relative_to(tmp_path / "home")} == {0o700}


def test_folders_that_an_earlier_release_left_open_are_closed(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    earlier = keep(vault).path.parent
    for folder in (vault.folder, earlier.parent.parent, earlier.parent):
        folder.chmod(0o755)
    keep(vault, b"[1]")
    assert {mode(folder) for folder in (vault.folder, *vault.folder.rglob("*")) if folder.is_dir()} == {0o700}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
