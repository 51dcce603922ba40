"""Everything that is kept, read through and held against everything else: the command `doctor --deep`. Makes no call.

Each night's publication compares what changed; this costs what there is. The order is that of trust: the state and its keys, the
answers of the vault, the warehouse against both, what is published against the warehouse, Dagster's files. It changes nothing.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.upkeep.deep.published_file import published_file_findings
from clarity_pipeline.upkeep.deep.sqlite_files import dagster_file_findings, state_findings
from clarity_pipeline.upkeep.deep.vault_answers import Read, read_vault
from clarity_pipeline.upkeep.deep.warehouse_file import warehouse_findings
from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.upkeep.doctor.installation import key_findings, store_findings

Progress = Callable[[str], None]
"""Told each part that begins: as many as `parts` says."""

_OTHER_PARTS = ("the state", "the keys", "the warehouse", "what is published", "Dagster's files")


@dataclass(frozen=True, slots=True)
class ReadThrough:
    """What was found, and how much was read."""

    findings: tuple[Finding, ...]
    answers: int
    lanes: int
    seconds: float


def parts(home: Home) -> int:
    """How often `read_through` will tell its progress."""
    try:
        return len(home.vault.business_days()) + len(_OTHER_PARTS)
    except ClarityPipelineError:
        return len(_OTHER_PARTS)  # its key is not there, which is a finding


def read_through(home: Home, *, progress: Progress = lambda _: None) -> ReadThrough:
    """Read all of it; the findings, in the order in which they were met."""
    began = time.perf_counter()
    found: list[Finding] = []
    read = Read()

    def of(part: str, findings: Iterator[Finding]) -> None:
        progress(part)
        found.extend(findings)

    of("the state", state_findings(home))
    of("the keys", (each for each in (*key_findings(home), *store_findings(home)) if each.severity == "error"))
    try:
        found.extend(read_vault(home.vault, read, progress=progress))
    except ClarityPipelineError as error:  # the keys that it is sealed with
        sentence, _, cure = str(error).partition(": ")
        found.append(Finding(error.reason, "error", None, f"the vault cannot be read: {sentence}", cure, for_client=False))
    of("the warehouse", warehouse_findings(home, read))
    of("what is published", published_file_findings(home, told={each.code for each in found}))
    of("Dagster's files", dagster_file_findings(home))
    return ReadThrough(tuple(dict.fromkeys(found)), read.answers, read.lanes, time.perf_counter() - began)
