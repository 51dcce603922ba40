"""Whether the vault opens with the keys that there are, and whether all of it is sealed with the newest. No answer is opened."""

from collections.abc import Iterator

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.upkeep.sealing import vault_of
from clarity_pipeline.vault.keys_in_use import KeysInUse
from clarity_pipeline.vault.seal import name_of


def vault_findings(home: Home) -> Iterator[Finding]:
    """Told by what the vault itself says of its keys."""
    vault = vault_of(home.settings)
    try:
        vault.keys.refuse_without()
    except ClarityPipelineError as error:
        sentence, _, what_to_do = str(error).partition(": ")
        yield Finding(error.reason, "error", None, sentence, what_to_do, for_client=False)
        return
    has_answers = next(home.settings.vault_folder.glob("*/*/"), None) is not None
    if has_answers and vault.given_keys and vault.keys.in_use() != KeysInUse((name_of(vault.given_keys[0]),), is_whole=True):
        sentence = "not every answer of the vault is sealed with the newest key of CLARITY_VAULT_KEYS"
        what_to_do = "`clarity-pipeline vault seal` seals what is there; what is fetched from now on is sealed with it anyway"
        yield Finding("vault_not_sealed", "note", None, sentence, what_to_do, for_client=False)
