"""Which keys the vault is sealed with, kept in the vault itself (`sealed-by.json`): by name, never a key.

It is what tells an installation that lost its key from one that never had any. Without it a `sync` whose environment lacks the
key would go on writing answers that anybody can read, and would pay for calls whose lanes are there already.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.vault import private_files
from clarity_pipeline.vault.seal import VaultLocked, name_of

FILE = "sealed-by.json"


class SealNoteDamaged(ClarityPipelineError):
    """Nobody can tell which keys the vault needs."""

    reason = "vault_damaged"


@dataclass(frozen=True, slots=True)
class KeysInUse:
    """Names of keys, the one that seals first; `is_whole` when no answer is left that is not sealed."""

    names: tuple[str, ...] = ()
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that an installation has for the vault below `folder`, newest first: the first seals, all open. None is fine."""

    folder: Path
    given: tuple[str, ...] = field(default=(), repr=False)

    def in_use(self) -> KeysInUse:
        """What the vault says. Raises `SealNoteDamaged`."""
        try:
            found = json.loads((self.folder / FILE).read_bytes())
            return KeysInUse(tuple(str(each) for each in found["keys"]), bool(found["whole"]))
        except (FileNotFoundError, NotADirectoryError):
            return KeysInUse()
        except (ValueError, KeyError, TypeError):
            damage = SealNoteDamaged(
                f"{self.folder / FILE} is damaged: `clarity-pipeline vault seal` makes it anew, with CLARITY_VAULT_KEYS"
            )
        raise damage

    def refuse_without(self) -> None:
        """Raise `VaultLocked` unless every key that the vault is sealed with is there. Takes some microseconds."""
        missing = set(self.in_use().names) - {name_of(key) for key in self.given}
        if missing:
            raise VaultLocked(sorted(missing))

    def newest(self) -> str | None:
        """The key to seal with, noted before anything is sealed with it; None where there is none."""
        if not self.given:
            return None
        newest, known = self.given[0], self.in_use()
        if name_of(newest) not in known.names:
            is_first = next(self.folder.glob("*/*/*/*.zst"), None) is None
            self.note(replace(known, names=(name_of(newest), *known.names), is_whole=known.is_whole or is_first))
        return newest

    def note(self, keys: KeysInUse) -> None:
        """Say so from now on; without a name nothing is sealed any more."""
        if keys.names:
            self.folder.mkdir(mode=0o700, exist_ok=True, parents=True)
            document = {"keys": list(keys.names), "whole": keys.is_whole}
            private_files.write(self.folder / FILE, json.dumps(document).encode())
        elif (self.folder / FILE).exists():
            (self.folder / FILE).unlink()
            private_files.sync_folder(self.folder)
