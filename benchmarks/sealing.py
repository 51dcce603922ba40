"""What sealing an answer costs: processor time of keeping and reading a full lane of the vault, with a key and without.

    .venv/bin/python -m benchmarks.sealing [--json] [--lanes 300]

Lanes of 1,000 rows (`benchmarks.answers`), each kept and read once with and once without a key, in turn, so that a busy machine
slows both. Some twenty seconds.
"""

import base64
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.answers import lane_answer
from benchmarks.lane_load import folder
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, ROW_CAP
from clarity_pipeline.vault.stored_answer import StoredAnswer
from clarity_pipeline.vault.vault import Vault

FIRST = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)


def kept(vault: Vault, body: bytes, number: int) -> tuple[StoredAnswer, float]:
    """The answer, and processor seconds."""
    at = FIRST + timedelta(seconds=number)
    began = time.process_time()
    stored = vault.keep(
        body,
        business_id="shop",
        date=date(2026, 5, 3),
        slice_name="url_device",
        num_of_days=1,
        window=(at - timedelta(days=1), at),
        purpose="sync",
    )
    return stored, time.process_time() - began


def read(vault: Vault, stored: StoredAnswer) -> float:
    began = time.process_time()
    vault.read(stored)
    return time.process_time() - began


def measure(home: Path, lanes: int) -> list[Figure]:
    vaults = {
        "unsealed": Vault(home / "open"),
        "sealed": Vault(home / "sealed", (base64.urlsafe_b64encode(os.urandom(32)).decode(),)),
    }
    body = lane_answer(DAILY_SLICES["url_device"], seed=1, rows=ROW_CAP)
    spent = {(what, how): 0.0 for what in ("keep", "read") for how in vaults}
    sizes = dict.fromkeys(vaults, 0)
    for number in range(lanes):
        for how, vault in vaults.items():
            stored, seconds = kept(vault, body, number)
            spent["keep", how] += seconds
            spent["read", how] += read(vault, stored)
            sizes[how] = stored.path.stat().st_size
    figures = [Figure(f"{what} a full lane, {how}", seconds * 1000 / lanes, "ms") for (what, how), seconds in spent.items()]
    more = sum(seconds if how == "sealed" else -seconds for (_, how), seconds in spent.items())
    return [
        *figures,
        Figure("more for a lane that is sealed, kept and read", more * 1000 / lanes, "ms", 1.0, at_least=False),
        Figure("more bytes of a sealed answer", sizes["sealed"] - sizes["unsealed"], "bytes"),
    ]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--lanes", type=int, default=300)
    asked = parser.parse_args()
    with folder() as home:
        figures = measure(home, asked.lanes)
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
