"""The kept files: one warehouse file of each layout, one state file of each revision, and what each held when it was made."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

HERE = Path(__file__).parent
STEPS = HERE / "steps.json"
"""The digest of each step that was released, by its name."""

_OVER_PAGES = ("business_day", "host_day", "device_day", "source_day", "country_day", "campaign_day")
RETOLD_LATER = {(mart, "pages_per_session") for mart in _OVER_PAGES}
"""Of the marts, which follow their SQL: a mean over pages of what whole sessions saw was too high, and is NULL."""

OF_PUBLICATIONS = {"clarity_publications", "clarity_unpublished_changes"}
"""What a file knows of its own publications: marts that are made anew are changes that nobody has published yet."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One packed file; `number` is its layout or revision."""

    packed: Path

    @property
    def number(self) -> int:
        """Its layout or revision."""
        return int(self.packed.name.partition(".")[0])

    @property
    def held(self) -> dict[str, Any]:
        """Of each table its columns, the number of its rows and their digest (`contents`)."""
        told = self.packed.with_suffix("").with_suffix(".json").read_text(encoding="utf-8")
        tables: dict[str, Any] = json.loads(told)["tables"]
        return tables

    @property
    def columns(self) -> dict[str, Sequence[str]]:
        """The columns of each table, as they were."""
        return {table: content["columns"] for table, content in self.held.items()}

    @property
    def lasting(self) -> dict[str, Sequence[str]]:
        """The columns of each table that every later release says the same of."""
        return {
            table: [name for name in names if (table, name) not in RETOLD_LATER]
            for table, names in self.columns.items()
            if table not in OF_PUBLICATIONS
        }

    def unpack(self, folder: Path) -> Path:
        """Put the file into `folder`, as it was."""
        file = folder / ("warehouse.duckdb" if self.packed.parent.name == "warehouse" else "state.db")
        file.write_bytes(zstandard.ZstdDecompressor().decompress(self.packed.read_bytes()))
        return file


WAREHOUSES = [KeptFile(path) for path in sorted((HERE / "warehouse").glob("*.zst"))]
STATES = [KeptFile(path) for path in sorted((HERE / "state").glob("*.zst"))]


def label(kept: KeptFile) -> str:
    """What a test about it is called."""
    return f"{kept.number:04}"


def step_digests() -> dict[str, str]:
    """The digest of each step by its name."""
    files = (HERE.parents[1] / "sql" / "steps").glob("*.sql")
    return {file.stem: hashlib.sha256(file.read_text(encoding="utf-8").encode()).hexdigest() for file in files}
