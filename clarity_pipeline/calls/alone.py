"""One caller at a time fetches from a project, so that the second finds the first one's answer in the vault. For `capture`.

Also of several threads of a process. Businesses that share a project share its ten calls, and wait for one another.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from clarity_pipeline.connections.business import Business
from clarity_pipeline.errors import ClarityPipelineError

PATIENCE_SECONDS = 180.0
_LOOK_AGAIN_SECONDS = 0.02


class CaptureBusy(ClarityPipelineError):
    """Somebody else fetches from this business's project."""

    reason = "capture_busy"


@contextmanager
def alone(locks: Path, business: Business, *, is_over: Callable[[], bool]) -> Iterator[None]:
    """Hold its project's lock file in the folder `locks`; raise `CaptureBusy` when somebody else has held it for so long.

    And as soon as `is_over`: who waits for it has no use for it any more.
    """
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = filelock.FileLock(locks / f"{business.quota_key or business.business_id}.capture.lock")
    try:
        held = lock.acquire(timeout=PATIENCE_SECONDS, poll_interval=_LOOK_AGAIN_SECONDS, cancel_check=is_over)
    except filelock.Timeout:
        held = None
    if held is None:
        raise CaptureBusy(
            f"another process has been fetching for {business.business_id} for {PATIENCE_SECONDS:.0f} s; try again later"
        )
    with held:
        yield
