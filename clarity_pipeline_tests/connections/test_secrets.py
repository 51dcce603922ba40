import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path
from time import sleep

import pytest
from cryptography.fernet import Fernet

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.key_files import BadEncryptionKey, _make
from clarity_pipeline.connections.secrets import SecretBox, SecretUnreadable, load_secret_box
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.processes import run_together

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
TOKEN = Token("c4nary" * 6)


def _box(*keys: str) -> SecretBox:
    return SecretBox(keys, fingerprint_key=OTHER)


def _seal(box: SecretBox, business_id: str = "acme") -> str:
    return box.seal(TOKEN, business_id=business_id, field="token")


def _open(box: SecretBox, ciphertext: str, business_id: str = "acme") -> str:
    return box.open(ciphertext, business_id=business_id, field="token").reveal()


def _one_line(error: ClarityPipelineError) -> bool:
    return "\n" not in str(error)


def test_what_is_sealed_opens_and_does_not_show() -> None:
    sealed = _seal(_box(NEW))
    assert _open(_box(NEW), sealed) == TOKEN.reveal()
    assert "c4nary" not in sealed
    assert sealed != _seal(_box(NEW))


def test_the_newest_key_seals_and_every_key_opens() -> None:
    assert _open(_box(NEW, OLD), _seal(_box(OLD))) == TOKEN.reveal()
    assert _open(_box(NEW), _seal(_box(NEW, OLD))) == TOKEN.reveal()


@pytest.mark.parametrize(
    "broken",
    [
        lambda sealed: sealed[:-5],
        lambda sealed: sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:],
        lambda _: "",
        lambda _: "garbage of no kind \u00e9",
        lambda _: _seal(_box(OTHER)),
        lambda _: _seal(_box(NEW), "other-business"),
        lambda _: (
            Fernet(NEW).encrypt(json.dumps({"v": 1, "business_id": "acme", "field": "url", "secret": "x"}).encode()).decode()
        ),
        lambda _: (
            Fernet(NEW).encrypt(json.dumps({"v": 2, "business_id": "acme", "field": "token", "secret": "x"}).encode()).decode()
        ),
        lambda _: Fernet(NEW).encrypt(b"not json").decode(),
    ],
    ids=[
        "cut",
        "changed",
        "empty",
        "garbage",
        "wrong key",
        "of another business",
        "of another field",
        "of a later version",
        "text",
    ],
)
def test_whatever_was_not_sealed_for_this_business_asks_to_reconnect(broken) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SecretUnreadable, match="reconnect") as caught:
        _open(_box(NEW), broken(_seal(_box(NEW))))
    assert caught.value.reason == "secret_unreadable"
    assert _one_line(caught.value)
    assert "c4nary" not in str(caught.value)


def test_key_files_are_made_once_private_and_found_again(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    sealed = _seal(load_secret_box(settings))
    assert _open(load_secret_box(settings), sealed) == TOKEN.reveal()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"secret.key": 0o600, "fingerprint.key": 0o600}


def test_key_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_secret_box(Settings(home=tmp_path))
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602, 0o601])
@pytest.mark.parametrize("name", ["secret.key", "fingerprint.key"])
def test_a_key_file_that_others_may_touch_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    load_secret_box(Settings(home=tmp_path))
    (tmp_path / name).chmod(mode)
    with pytest.raises(BadEncryptionKey, match="chmod 600") as caught:
        load_secret_box(Settings(home=tmp_path))
    assert _one_line(caught.value)


@pytest.mark.parametrize("content", [b"", b"k3y", b"\xff\xfe", OLD[:-9].encode(), f"{OLD}\n{NEW}".encode()], ids=range(5))
def test_a_key_file_without_one_whole_key_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    (tmp_path / "secret.key").chmod(0o600)
    with pytest.raises(BadEncryptionKey, match="backup") as caught:
        load_secret_box(Settings(home=tmp_path))
    assert _one_line(caught.value)
    assert OLD[:20] not in str(caught.value)
    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_wrong_key_in_the_environment_is_counted_but_not_shown(tmp_path: Path) -> None:
    with pytest.raises(BadEncryptionKey, match="key 2 of 2 in CLARITY_ENCRYPTION_KEYS") as caught:
        load_secret_box(Settings(home=tmp_path, encryption_keys=(NEW, "k3y-that-is-none")))
    assert _one_line(caught.value)
    assert "k3y" not in str(caught.value)


def test_keys_of_the_environment_leave_no_encryption_key_on_disk(tmp_path: Path) -> None:
    load_secret_box(Settings(home=tmp_path, encryption_keys=(NEW,)))
    assert [path.name for path in tmp_path.iterdir()] == ["fingerprint.key"]


def test_an_environment_that_forgets_the_key_of_the_file_is_refused(tmp_path: Path) -> None:
    sealed = _seal(load_secret_box(Settings(home=tmp_path)))
    of_the_file = (tmp_path / "secret.key").read_text().strip()
    with pytest.raises(BadEncryptionKey, match="append it") as caught:
        load_secret_box(Settings(home=tmp_path, encryption_keys=(NEW,)))
    assert _one_line(caught.value)
    assert of_the_file not in str(caught.value)
    both = load_secret_box(Settings(home=tmp_path, encryption_keys=(NEW, of_the_file)))
    assert _open(both, sealed) == TOKEN.reveal()


def test_fingerprints_outlive_every_encryption_key(tmp_path: Path) -> None:
    before = load_secret_box(Settings(home=tmp_path, encryption_keys=(OLD,))).fingerprint("sub:1")
    during = load_secret_box(Settings(home=tmp_path, encryption_keys=(NEW, OLD))).fingerprint("sub:1")
    after = load_secret_box(Settings(home=tmp_path, encryption_keys=(NEW,))).fingerprint("sub:1")
    assert before == during == after
    assert before != load_secret_box(Settings(home=tmp_path, encryption_keys=(NEW,))).fingerprint("sub:2")


def test_a_fingerprint_key_that_is_gone_is_made_anew_and_tokens_still_open(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = load_secret_box(settings)
    sealed = _seal(before)
    settings.fingerprint_key_file.unlink()
    after = load_secret_box(settings)
    assert _open(after, sealed) == TOKEN.reveal()
    assert after.fingerprint("sub:1") != before.fingerprint("sub:1"), "so a project that is reconnected is another one"
    assert load_secret_box(settings).fingerprint("sub:1") == after.fingerprint("sub:1")


def test_a_damaged_fingerprint_key_is_given_back_or_moved_away(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = load_secret_box(settings).fingerprint("sub:1")
    kept = settings.fingerprint_key_file.read_text()
    settings.fingerprint_key_file.write_text("{" + kept[1:])
    with pytest.raises(BadEncryptionKey, match="restore it from your backup, or move it away: a new one is made"):
        load_secret_box(settings)
    settings.fingerprint_key_file.write_text(kept)
    assert load_secret_box(settings).fingerprint("sub:1") == before
    settings.fingerprint_key_file.rename(tmp_path / "damaged")
    assert load_secret_box(settings).fingerprint("sub:1") != before


def test_fingerprints_of_two_installations_do_not_match(tmp_path: Path) -> None:
    boxes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        boxes.append(load_secret_box(Settings(home=tmp_path / name, encryption_keys=(NEW,))))
    assert boxes[0].fingerprint("sub:1") != boxes[1].fingerprint("sub:1")


def _load(home: Path, _: int, together: Barrier) -> str:
    together.wait()
    return _seal(load_secret_box(Settings(home=home)))


def test_eight_processes_that_make_the_key_at_once_all_use_the_same(tmp_path: Path) -> None:
    sealed = run_together(8, _load, tmp_path)
    box = load_secret_box(Settings(home=tmp_path))
    assert [_open(box, each) for each in sealed] == [TOKEN.reveal()] * 8
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fingerprint.key", "secret.key"]


def _make_in_place(path: Path) -> None:
    """The naive way: O_EXCL, but the name is there before the key is."""
    with path.open("xb") as file:
        sleep(0.001)  # or nobody may look in between
        file.write(Fernet.generate_key() + b"\n")


@pytest.mark.parametrize(("make", "sizes"), [(_make, {45}), (_make_in_place, {0, 45})])
def test_whoever_looks_while_the_key_is_made_sees_none_or_a_whole_one(
    tmp_path: Path, make: Callable[[Path], None], sizes: set[int]
) -> None:
    path = tmp_path / "secret.key"
    seen = set()

    def make_many() -> None:
        for _ in range(400):
            path.unlink(missing_ok=True)
            make(path)

    with ThreadPoolExecutor(1) as pool:
        maker = pool.submit(make_many)
        while not maker.done():
            with suppress(FileNotFoundError):
                seen.add(len(path.read_bytes()))
        maker.result()
    assert seen == sizes


def test_a_home_where_no_key_can_be_made_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadEncryptionKey, match=r"cannot be made: No such file or directory; check CLARITY_HOME") as caught:
        load_secret_box(Settings(home=tmp_path / "missing"))
    assert _one_line(caught.value)
