"""Answers sealed at rest: nothing of them lies on the disk, they open in their own place alone, and a lost key is said."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from cryptography.fernet import Fernet

from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import SettingsError
from clarity_pipeline.vault.keys_in_use import KeysInUse, SealNoteDamaged
from clarity_pipeline.vault.seal import VaultLocked, name_of
from clarity_pipeline.vault.stored_answer import StoredAnswer, VaultDamaged
from clarity_pipeline.vault.vault import Vault

DAY = date(2026, 5, 3)
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
BODY = b'[{"Url":"https://shop.example/konto/berta.beispiel@post.example.org?iban=DE00123"}]'
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def keep(vault: Vault, body: bytes = BODY, *, business_id: str = "acme", minutes: int = 5) -> StoredAnswer:
    at = MIDNIGHT + timedelta(minutes=minutes)
    window = (at - timedelta(days=1), at)
    return vault.keep(
        body, business_id=business_id, date=DAY, slice_name="url_device", num_of_days=1, window=window, purpose="sync"
    )


def answers(vault: Vault) -> list[StoredAnswer]:
    return vault.answers("acme", date=DAY, slice_name="url_device")


def test_a_sealed_answer_comes_back_as_it_was_and_nothing_of_it_lies_on_the_disk(tmp_path: Path) -> None:
    vault = Vault(tmp_path, (NEW,))
    stored = keep(vault)
    assert vault.read(stored) == BODY
    assert answers(vault) == [stored]
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"berta" not in content
    assert b"shop.example" not in content
    with pytest.raises(zstandard.ZstdError):
        zstandard.ZstdDecompressor().decompress(stored.path.read_bytes())
    assert NEW.encode() not in content
    assert b"shop.example" in keep(Vault(tmp_path / "open")).path.read_bytes(), "the naive version: short text survives zstd"


def test_the_same_answer_is_never_sealed_to_the_same_bytes(tmp_path: Path) -> None:
    vault = Vault(tmp_path, (NEW,))
    assert keep(vault).path.read_bytes() != keep(vault, minutes=6).path.read_bytes()


def test_answers_from_before_there_was_a_key_and_of_an_older_key_are_read(tmp_path: Path) -> None:
    unsealed = keep(Vault(tmp_path), b"from before", minutes=1)
    older = keep(Vault(tmp_path, (OLD,)), b"of the older key", minutes=2)
    vault = Vault(tmp_path, (NEW, OLD))
    newest = keep(vault, b"of the newest", minutes=3)
    assert [vault.read(each) for each in (unsealed, older, newest)] == [b"from before", b"of the older key", b"of the newest"]
    assert vault.keys.in_use() == KeysInUse((name_of(NEW), name_of(OLD)), is_whole=False)
    with pytest.raises(VaultLocked, match=name_of(OLD)):
        Vault(tmp_path, (NEW,)).read(older)


def test_an_answer_that_was_moved_to_another_business_or_changed_does_not_open(tmp_path: Path) -> None:
    vault = Vault(tmp_path, (NEW,))
    ours, theirs = keep(vault), keep(vault, business_id="zeta")
    assert (vault.read(ours), ours.sha256) == (vault.read(theirs), theirs.sha256), "the sidecar alone would not tell"
    theirs.path.write_bytes(ours.path.read_bytes())
    with pytest.raises(VaultDamaged):
        vault.read(theirs)
    content = bytearray(ours.path.read_bytes())
    content[-1] ^= 1
    ours.path.write_bytes(content)
    with pytest.raises(VaultDamaged, match="restore it"):
        vault.read(ours)
    ours.path.write_bytes(content[:20])
    with pytest.raises(VaultDamaged):
        vault.read(ours)


@pytest.mark.parametrize("given", [(), (OLD,)])
def test_a_vault_whose_key_is_gone_or_another_says_which_one_it_wants(given: tuple[str, ...], tmp_path: Path) -> None:
    stored = keep(Vault(tmp_path, (NEW,)))
    vault = Vault(tmp_path, given)
    with pytest.raises(VaultLocked, match="give it back there") as refused:
        vault.keys.refuse_without()
    assert name_of(NEW) in str(refused.value)
    assert NEW not in str(refused.value)
    with pytest.raises(VaultLocked):
        vault.read(stored)
    Vault(tmp_path, (OLD, NEW)).keys.refuse_without()


def test_a_vault_that_nobody_sealed_wants_no_key(tmp_path: Path) -> None:
    Vault(tmp_path / "none").keys.refuse_without()
    keep(Vault(tmp_path))
    Vault(tmp_path).keys.refuse_without()
    assert not (tmp_path / "sealed-by.json").exists()


def test_a_new_vault_that_is_sealed_from_its_first_answer_is_whole(tmp_path: Path) -> None:
    vault = Vault(tmp_path, (NEW,))
    keep(vault)
    assert vault.keys.in_use() == KeysInUse((name_of(NEW),), is_whole=True)
    assert vault.business_days() == [(DAY, "acme")], "the note of the keys is no business"


def test_a_damaged_note_of_the_keys_is_said_with_its_cure(tmp_path: Path) -> None:
    vault = Vault(tmp_path, (NEW,))
    keep(vault)
    (tmp_path / "sealed-by.json").write_text("{}")
    with pytest.raises(SealNoteDamaged, match="vault seal"):
        vault.keys.refuse_without()


def test_what_is_no_key_is_named_by_its_place_and_not_shown() -> None:
    with pytest.raises(SettingsError, match="key 2 of 2 in CLARITY_VAULT_KEYS") as refused:
        Settings.from_env({"CLARITY_VAULT_KEYS": f"{NEW}, s3cret"})
    assert "s3cret" not in str(refused.value)
    found = Settings.from_env({"CLARITY_VAULT_KEYS": f" {NEW},{OLD} "})
    assert found.vault_keys == (NEW, OLD)
    assert NEW not in repr(found)
    assert NEW not in repr(Vault(found.home, found.vault_keys).keys)


@pytest.mark.parametrize("keys", [(), (NEW,)])
def test_an_answer_that_is_kept_in_place_of_another_is_preferred_and_sealed_as_that_was(
    keys: tuple[str, ...], tmp_path: Path
) -> None:
    vault = Vault(tmp_path, keys)
    stored = keep(vault)
    for body in (b"[1]", b"[2]"):  # the second time the first name is free again
        anew = vault.keep_in_place_of(stored, body)
        assert answers(vault) == [anew, stored]
        vault.drop(stored)
        stored = anew
    assert answers(vault) == [stored]
    assert vault.read(stored) == b"[2]"
    assert (stored.path.read_bytes()[:8] == b"CLSEAL1\n") is bool(keys)
