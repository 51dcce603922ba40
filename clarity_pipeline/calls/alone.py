"""One process at a time fetches for a business, so that the second finds the first one's answer in the vault. For `capture`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from clarity_pipeline.errors import ClarityPipelineError

PATIENCE_SECONDS = 180.0


class CaptureBusy(ClarityPipelineError):
    """Another process fetches for this business."""

    reason = "capture_busy"


@contextmanager
def alone(locks: Path, business_id: str) -> Iterator[None]:
    """Hold the business's lock file in the folder `locks`; raise `CaptureBusy` when somebody else has held it for so long."""
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        held = filelock.FileLock(locks / f"{business_id}.capture.lock").acquire(timeout=PATIENCE_SECONDS)
    except filelock.Timeout:
        held = None
    if held is None:
        raise CaptureBusy(f"another process has been fetching for {business_id} for {PATIENCE_SECONDS:.0f} s; try again later")
    with held:
        yield
