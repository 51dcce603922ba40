"""Where what nobody waits for is done: one worker, one thing after the other, and at the end of the panel all of it.

Made by `panel`. What waits is bounded: a mail server that does not answer must not fill the memory.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

MOST_WAITING = 200

_log = logging.getLogger(__name__)


class PostRoom:
    """The worker's thread starts with the first errand."""

    def __init__(self, *, most_waiting: int = MOST_WAITING) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="post-room")
        self._room = BoundedSemaphore(most_waiting)

    def __call__(self, errand: Callable[[], object]) -> None:
        """Have it done soon; left undone, and logged, where too many wait already."""
        if not self._room.acquire(blocking=False):
            _log.warning("a letter was not sent: too many wait already; see that the mail server answers")
            return
        self._worker.submit(self._do, errand)

    def close(self) -> None:
        """Do what waits, then end."""
        self._worker.shutdown(wait=True)

    def _do(self, errand: Callable[[], object]) -> None:
        try:
            errand()
        except Exception:
            _log.exception("a letter was not sent")
        finally:
            self._room.release()
