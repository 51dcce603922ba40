"""One answer of the vault as its sidecar tells it: which lane, which window, which call, and the digest of its bytes."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, get_args

from clarity_pipeline.errors import ClarityPipelineError

SUFFIX = ".json.zst"
"""Of an answer's file; its sidecar ends in `.meta.json`."""

Purpose = Literal["sync", "test", "refetch", "recovery"]
"""Why the call was made: a lane of the day, a person's test, a wanted second call, or one of a pair that tells a lost date."""


class VaultDamaged(ClarityPipelineError):
    """An answer's bytes are not the ones that were stored."""

    reason = "vault_damaged"


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer in the vault; `path` is its file, the rest is its sidecar."""

    path: Path
    business_id: str
    date: date
    slice_name: str
    num_of_days: int
    fetched_at: datetime
    window_start: datetime
    window_end: datetime
    purpose: Purpose
    sha256: str
    size_bytes: int
    dimensions: tuple[str, ...] | None = None
    """What was asked for, by our names, where that was less than the slice has; None in full."""
    token_hint: str | None = None
    """Which token brought it, by the letters of its fingerprint that people may see; None of an earlier release's."""


def sidecar(path: Path) -> Path:
    """The sidecar of an answer's file."""
    return path.with_name(path.name.removesuffix(SUFFIX) + ".meta.json")


def to_json(answer: StoredAnswer) -> dict[str, object]:
    """What a sidecar says, to be written."""
    facts: dict[str, object] = {
        "business_id": answer.business_id,
        "date": answer.date.isoformat(),
        "slice": answer.slice_name,
        "num_of_days": answer.num_of_days,
        "fetched_at": answer.fetched_at.isoformat(),
        "window_start": answer.window_start.isoformat(),
        "window_end": answer.window_end.isoformat(),
        "purpose": answer.purpose,
        "sha256": answer.sha256,
        "size_bytes": answer.size_bytes,
    }
    if answer.dimensions is not None:
        facts["dimensions"] = list(answer.dimensions)
    if answer.token_hint is not None:
        facts["token"] = answer.token_hint
    return facts


def read_sidecar(path: Path) -> StoredAnswer:
    """The answer of a file; raise `VaultDamaged` where its sidecar is missing or no sidecar."""
    try:
        facts = json.loads(sidecar(path).read_bytes())
        if facts["purpose"] not in get_args(Purpose):
            raise ValueError
        return StoredAnswer(
            path=path,
            business_id=facts["business_id"],
            date=date.fromisoformat(facts["date"]),
            slice_name=facts["slice"],
            num_of_days=int(facts["num_of_days"]),
            fetched_at=datetime.fromisoformat(facts["fetched_at"]),
            window_start=datetime.fromisoformat(facts["window_start"]),
            window_end=datetime.fromisoformat(facts["window_end"]),
            purpose=facts["purpose"],
            sha256=facts["sha256"],
            size_bytes=int(facts["size_bytes"]),
            dimensions=tuple(facts["dimensions"]) if "dimensions" in facts else None,
            token_hint=facts.get("token"),
        )
    except (OSError, ValueError, KeyError, TypeError):
        damage = VaultDamaged(f"the sidecar of the stored answer {path.name} is missing or damaged; restore it from a backup")
    raise damage
