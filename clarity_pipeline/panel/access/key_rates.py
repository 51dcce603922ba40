"""How many requests a key has left this minute, in memory: a program that goes wild slows nobody else down.

Held by `panel`; every request with a key goes through it. One bucket a key, full at first, that fills up again steadily: 120 a
minute are 120 at once and two a second from then on. A restart forgets, which gives a key one bucket more.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from clarity_pipeline.connections.api_keys import ApiKey
from clarity_pipeline.errors import ClarityPipelineError


class RateLimited(ClarityPipelineError):
    """The key has asked too often."""

    reason = "rate_limited"

    def __init__(self, *, a_minute: int, retry_after_seconds: int) -> None:
        wait = f"{retry_after_seconds} second{'s' if retry_after_seconds > 1 else ''}"
        super().__init__(f"This key takes {a_minute} requests a minute: wait {wait}, then go on more slowly")
        self.headers = {"retry-after": str(retry_after_seconds)}


@dataclass
class KeyRates:
    """The buckets of one running panel; `now` is in seconds."""

    now: Callable[[], float] = monotonic
    left: dict[int, tuple[float, float]] = field(default_factory=dict)  # by key: how many, and when that was so
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: ApiKey) -> None:
        """Count one request, or raise `RateLimited` and count none."""
        with self._lock:
            now, a_second = self.now(), key.a_minute / 60
            left, since = self.left.get(key.key_id, (float(key.a_minute), now))
            left = min(float(key.a_minute), left + (now - since) * a_second)
            if left < 1:
                raise RateLimited(a_minute=key.a_minute, retry_after_seconds=ceil((1 - left) / a_second))
            self.left[key.key_id] = (left - 1, now)
