"""Between the password and the second factor: a ticket in the form says that the password was right, for ten minutes.

Called by `front_door`. It is signed with a key outside the database and bound to the password that was given, so that it ends
with it; nothing is stored.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Clock

VALID = timedelta(minutes=10)
_PARTS = 3


class HalfwayOver(ClarityPipelineError):
    """The ticket is older than ten minutes, or never was one, or the password was changed."""

    reason = "halfway_over"

    def __init__(self) -> None:
        super().__init__("That took longer than ten minutes, or your password was changed meanwhile; sign in again")


@dataclass(frozen=True, slots=True)
class Tickets:
    """Made and taken with one key; `fingerprint` is an HMAC."""

    fingerprint: Callable[[str], str]
    clock: Clock

    def make(self, user_id: int, phc: str) -> str:
        """For a user whose password was right; `phc` is what it was verified against."""
        said = f"{user_id}.{int((self.clock() + VALID).timestamp())}"
        return f"{said}.{self._signature(said, phc)}"

    def take(self, ticket: str, *, password_of: Callable[[int], str | None]) -> tuple[int, str]:
        """The user and their present PHC string; raise `HalfwayOver`. It may be given again: without a code it lets nobody in."""
        if not ticket.isascii() or ticket.count(".") != _PARTS - 1:
            raise HalfwayOver
        said, _, signature = ticket.rpartition(".")
        user_id, until = said.split(".")
        if not (user_id.isdecimal() and until.isdecimal() and len(said) < 30):
            raise HalfwayOver
        phc = password_of(int(user_id)) if int(user_id) < 2**31 else None
        is_ours = hmac.compare_digest(signature, self._signature(said, phc or "nobody"))
        if phc is None or not is_ours or int(until) <= self.clock().timestamp():
            raise HalfwayOver
        return int(user_id), phc

    def _signature(self, said: str, phc: str) -> str:
        return self.fingerprint(f"halfway {said} {phc}")
