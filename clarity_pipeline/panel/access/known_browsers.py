"""Browsers that somebody has signed in from before: what a stranger does to an account does not delay them.

This is the device cookie of OWASP (Slow Down Online Guessing Attacks with Device Cookies): a value with a keyed signature, given
at a successful sign-in, good for that one account. It lets nobody in and skips no check; it only says which tries are counted
together. Nothing of it is stored. Called by `front_door`.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clarity_pipeline.panel.access.secret_links import new_secret
from clarity_pipeline.settings.settings import Clock

REMEMBERED = timedelta(days=400)
"""No browser keeps a cookie for longer (RFC 6265bis section 5.5)."""

_PARTS = 4


@dataclass(frozen=True, slots=True)
class KnownBrowsers:
    """Made and recognised with one key; `fingerprint` is an HMAC."""

    fingerprint: Callable[[str], str]
    clock: Clock

    def make(self, user_id: int) -> str:
        """What the browser keeps from now on."""
        said = f"{user_id}.{int(self.clock().timestamp())}.{new_secret()}"
        return f"{said}.{self._signature(said)}"

    def name(self, value: str | None, *, user_id: int) -> str | None:
        """A name for the browser when it is one that this user has signed in from, else None."""
        if value is None or not value.isascii() or value.count(".") != _PARTS - 1:
            return None
        said, _, signature = value.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(said)):
            return None
        of_user, made, browser = said.split(".")
        is_young = self.clock() - datetime.fromtimestamp(int(made), UTC) < REMEMBERED
        return browser if int(of_user) == user_id and is_young else None

    def _signature(self, said: str) -> str:
        return self.fingerprint(f"browser {said}")
