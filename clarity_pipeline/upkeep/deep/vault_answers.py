"""Every answer of the vault, unpacked and held against its digest. Called by `read_through`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.vault.seal import VaultLocked
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.vault.vault import Vault

_CURE = "restore it from a back-up: its rows stand until then, and only `replay` would miss it"


@dataclass(slots=True)
class Read:
    """How many answers and lanes there are, and the digests of the answers by business and date, of those that have a folder."""

    answers: int = 0
    lanes: int = 0
    digests: dict[tuple[str, date], set[str]] = field(default_factory=dict)
    unread: set[tuple[str, date, str]] = field(default_factory=set)
    """Lanes (business, date, slice) of which something is damaged, which is told: nobody knows what digest it had."""


def read_vault(vault: Vault, read: Read, *, progress: Callable[[str], None]) -> Iterator[Finding]:
    """Unpack all of it into nothing; what cannot be read is told by its name, and is in `read` all the same.

    Raises `VaultLocked` at the end, where answers are sealed with a key that is not there: their digests are known without it.
    """
    locked: VaultLocked | None = None
    for day, business_id in vault.business_days():
        progress(f"{business_id} {day}")
        digests = read.digests.setdefault((business_id, day), set())
        for lane in sorted((vault.folder / business_id / day.isoformat()).iterdir()):
            try:
                answers = vault.answers(business_id, date=day, slice_name=lane.name)
            except VaultDamaged as damage:
                read.unread.add((business_id, day, lane.name))
                yield _damaged(business_id, damage)
                continue
            for answer in answers:
                read.answers += 1
                digests.add(answer.sha256)
                try:
                    vault.read(answer)
                except VaultLocked as error:
                    locked = error
                    continue
                except VaultDamaged as damage:
                    read.unread.add((business_id, day, lane.name))
                    yield _damaged(business_id, damage)
                    continue
                if (answer.business_id, answer.date, answer.slice_name) != (business_id, day, lane.name):
                    sentence = f"the stored answer {answer.path.name} lies under {business_id} {day} {lane.name} and is another's"
                    cure = "move it and its sidecar to where they belong, or restore the folder from a back-up"
                    yield Finding("vault_damaged", "error", business_id, sentence, cure, for_client=False)
    if locked is not None:
        raise locked


def _damaged(business_id: str, damage: VaultDamaged) -> Finding:
    return Finding(damage.reason, "error", business_id, str(damage).partition(";")[0], _CURE, for_client=False)
