"""Every answer of the vault sealed with the newest key, or lying open again. For the commands `vault`.

One file after the other is opened, sealed, opened again with that key alone, and renamed into its place: a process killed here
leaves a vault that opens with the keys that are there, and the next run goes on, since the first bytes of a file say what
has been done with it. Answers may be fetched meanwhile. Nothing else is changed: names, sidecars, jobs and rows stay as they are.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.vault import private_files
from clarity_pipeline.vault.keys_in_use import KeysInUse
from clarity_pipeline.vault.seal import HEADER_BYTES, VaultLocked, name_of, opened, seal, sealed_with
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.vault.vault import Vault

Progress = Callable[[str], None]
"""Told each business-day of the vault that begins."""


class NoVaultKey(ClarityPipelineError):
    """There is nothing to seal with."""

    reason = "no_vault_key"


class SealingRunning(ClarityPipelineError):
    """Another process is at it."""

    reason = "sealing_running"


@dataclass(frozen=True, slots=True)
class Changed:
    """How many answers there are, how many of them this run wrote anew, and the name of the key; None where they lie open."""

    answers: int
    changed: int
    key: str | None

    def document(self) -> dict[str, object]:
        """For programs."""
        return {"answers": self.answers, "changed": self.changed, "key": self.key}


@dataclass(frozen=True, slots=True)
class Opened:
    """What reading every answer came to; `unreadable` has a line for each that is damaged, `by_key` counts the sealed ones."""

    answers: int
    unsealed: int
    by_key: dict[str, int]
    unreadable: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """For programs."""
        return {
            "answers": self.answers,
            "unsealed": self.unsealed,
            "by_key": self.by_key,
            "unreadable": list(self.unreadable),
        }


def vault_of(settings: Settings) -> Vault:
    """The vault, also where `Home.vault` refuses it for want of a key."""
    return Vault(settings.vault_folder, settings.vault_keys)


def seal_all(settings: Settings, *, progress: Progress = lambda _: None) -> Changed:
    """Seal what lies open, and anew what an older key sealed.

    Raises `NoVaultKey`, `SealingRunning`, and `VaultLocked` when something is sealed with a key that is not there, before
    anything is changed.
    """
    vault = vault_of(settings)
    if not vault.given_keys:
        raise NoVaultKey(
            "CLARITY_VAULT_KEYS holds no key to seal with: make one (`openssl rand -base64 32 | tr '+/' '-_'`), keep a copy"
            " elsewhere, set it wherever clarity-pipeline runs, then run this again"
        )
    with alone(settings):
        before = _names_found(vault)
        newest = name_of(vault.given_keys[0])
        others = sorted(name for name in before if name not in {newest, None})
        vault.keys.note(KeysInUse((newest, *(str(each) for each in others)), is_whole=False))
        failpoint("vault_keys_noted")
        answers, changed = _lay_all(vault, vault.given_keys[0], progress)
        failpoint("vault_all_sealed")
        vault.keys.note(KeysInUse((newest,), is_whole=True))
    return Changed(answers, changed, newest)


def unseal_all(settings: Settings, *, progress: Progress = lambda _: None) -> Changed:
    """Let every answer lie open again. Raises `SealingRunning`, and `VaultLocked` before anything is changed.

    Who keeps an answer meanwhile may seal it, once all have been gone through. So such are looked for when the note of the keys
    is gone; where there is one, the note is put back until it lies open. Who comes later yet notes the key anew (`Vault.keep`).
    """
    vault = vault_of(settings)
    with alone(settings):
        _names_found(vault)
        answers, changed = _lay_all(vault, None, progress)
        failpoint("vault_all_unsealed")
        vault.keys.note(KeysInUse())
        while late := sorted(name for name in _count_by_name(vault) if name):
            vault.keys.note(KeysInUse(tuple(late)))
            answers, more = _lay_all(vault, None, lambda _: None)
            changed += more
            vault.keys.note(KeysInUse())
    return Changed(answers, changed, None)


def check_all(settings: Settings, *, progress: Progress = lambda _: None) -> Opened:
    """Read every answer and throw it away. Raises `VaultLocked` when one is sealed with a key that is not there."""
    vault = vault_of(settings)
    names = _names_found(vault)
    unreadable = []
    for day, business_id in vault.business_days():
        progress(f"{business_id} {day}")
        for lane in sorted({path.parent.name for path in vault.files(business_id, date=day)}):
            try:
                found = vault.answers(business_id, date=day, slice_name=lane)
            except VaultDamaged as damage:
                unreadable.append(str(damage))
                continue
            for answer in found:
                try:
                    vault.read(answer)
                except VaultDamaged as damage:
                    unreadable.append(str(damage))
    by_key = {name: count for name, count in names.items() if name is not None}
    return Opened(sum(names.values()), names.get(None, 0), by_key, tuple(unreadable))


def _lay_all(vault: Vault, key: str | None, progress: Progress) -> tuple[int, int]:
    """Go through all until nothing is left to do: a process that was started with other keys may have kept one meanwhile."""
    wanted, changed = None if key is None else name_of(key), 0
    while True:
        answers = now = 0
        for day, business_id in vault.business_days():
            if not changed:  # of a second time through the bar is full
                progress(f"{business_id} {day}")
            for path in vault.files(business_id, date=day):
                try:
                    if _name_on(path) != wanted:
                        _lay(vault, path, key)
                        now += 1
                        failpoint("vault_answer_laid")
                    answers += 1
                except FileNotFoundError:  # pruned meanwhile
                    continue
        changed += now
        if not now:
            return answers, changed


def _lay(vault: Vault, path: Path, key: str | None) -> None:
    place = vault.place(path)
    packed = opened(path.read_bytes(), keys=vault.given_keys, place=place)
    if packed is None:
        raise VaultDamaged(f"the stored answer {place} is damaged; restore it from a backup, or move it away, and run this again")
    content = packed if key is None else seal(packed, key=key, place=place)
    if key is not None and opened(content, keys=(key,), place=place) != packed:
        raise VaultDamaged(f"{place} does not open again after it was sealed; nothing of it was changed, please report it")
    private_files.write(path, content)


def _names_found(vault: Vault) -> dict[str | None, int]:
    """How many files each key has sealed, None those that lie open. Raises `VaultLocked` when one of the keys is not there."""
    found = _count_by_name(vault)
    missing = {name for name in found if name} - {name_of(key) for key in vault.given_keys}
    if missing:
        raise VaultLocked(sorted(missing))
    return found


def _count_by_name(vault: Vault) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for day, business_id in vault.business_days():
        for path in vault.files(business_id, date=day):
            try:
                name = _name_on(path)
            except FileNotFoundError:  # pruned meanwhile
                continue
            found[name] = found.get(name, 0) + 1
    return found


def _name_on(path: Path) -> str | None:
    with path.open("rb") as file:
        return sealed_with(file.read(HEADER_BYTES))


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """For whoever writes answers anew: two of them at once could bring back what the other took away."""
    settings.locks_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        held = filelock.FileLock(settings.locks_folder / "sealing.lock").acquire(timeout=0)
    except filelock.Timeout:
        held = None
    if held is None:
        raise SealingRunning(
            "Another process is sealing, unsealing or forgetting answers of this vault; wait for it, then run this again"
        )
    with held:
        yield
