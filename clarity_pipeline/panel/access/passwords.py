"""Passwords as Argon2id strings: made when somebody sets one, verified at sign-in, never kept in any other form.

Called by `front_door` and `panel create-admin`. 64 MiB, three passes: the second recommended setting of RFC 9106 with one lane,
0.27 s a try here (`docs/design.md#passwords`), so two at a time (and one of people who are known), while the others wait without
holding a thread.
"""

import os
from dataclasses import dataclass, field
from functools import cached_property

import anyio.to_thread
from anyio import CapacityLimiter
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_SALT_BYTES, _HASH_BYTES = 16, 32


@dataclass(frozen=True)
class Passwords:
    """How passwords are hashed from now on; those that were hashed otherwise still verify, and `is_outdated`."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1
    at_once: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2), compare=False)
    of_known_at_once: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1), compare=False)
    """A turn of their own for people who are signed in or known: a crowd of strangers must not stand before them."""

    def hash(self, password: str) -> str:
        """A PHC string: `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`."""
        kdf = Argon2id(
            salt=os.urandom(_SALT_BYTES),
            length=_HASH_BYTES,
            iterations=self.passes,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        return kdf.derive_phc_encoded(password.encode())

    def fits(self, password: str, phc: str | None) -> bool:
        """Whether it is the password; without a `phc` the same work is done for nothing, so that time tells no accounts."""
        try:
            Argon2id.verify_phc_encoded(password.encode(), phc or self._nobodys)
        except InvalidKey:
            return False
        return phc is not None

    def is_outdated(self, phc: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return not phc.startswith(f"$argon2id$v=19$m={self.memory_kib},t={self.passes},p={self.lanes}$")

    async def hash_in_turn(self, password: str) -> str:
        """`hash`, when it is this one's turn."""
        return await anyio.to_thread.run_sync(self.hash, password, limiter=self.at_once)

    async def fits_in_turn(self, password: str, phc: str | None, *, known: bool = False) -> bool:
        """`fits`, when it is this one's turn; who is `known` does not wait for strangers."""
        return await anyio.to_thread.run_sync(self.fits, password, phc, limiter=self.of_known_at_once if known else self.at_once)

    @cached_property
    def _nobodys(self) -> str:
        return self.hash(os.urandom(32).hex())
