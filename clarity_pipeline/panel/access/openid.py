"""Signing in with a provider of OpenID Connect: away to it, and back with a code that is good for this browser alone.

Built by `panel`. What must come back the same (`state`), stand in the ID token (`nonce`) and prove that we asked (PKCE)
all follow from one random secret in a cookie, by a key outside the database: nothing is stored for who never comes back.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.panel.access.callers import Caller, Counting
from clarity_pipeline.panel.access.front_door import Entered, FrontDoor, Halfway
from clarity_pipeline.panel.access.identities import Identities, NotInvited, Person
from clarity_pipeline.panel.access.openid_provider import Asked, ProviderFailed
from clarity_pipeline.panel.access.secret_links import new_secret
from clarity_pipeline.panel.access.sign_ins import WRONG, WrongCredentials
from clarity_pipeline.settings.settings import Clock


@dataclass(frozen=True, slots=True)
class Flight:
    """What one way to the provider and back hangs on; all but the secret is derived."""

    secret: str
    fingerprint: Callable[[str], str]

    @property
    def state(self) -> str:
        """Comes back with the code."""
        return self.fingerprint(f"openid state {self.secret}")

    @property
    def nonce(self) -> str:
        """Stands in the ID token."""
        return self.fingerprint(f"openid nonce {self.secret}")

    @property
    def verifier(self) -> str:
        """Is shown with the code; 64 characters (RFC 7636 wants 43 to 128)."""
        return self.fingerprint(f"openid verifier {self.secret}")

    @property
    def challenge(self) -> str:
        """Its SHA-256, which may be seen."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class OpenId:
    """The way in beside passwords."""

    asked: Asked
    identities: Identities
    door: FrontDoor
    clock: Clock

    def depart(self, redirect_uri: str) -> tuple[str, str]:
        """Where to send the browser, and what its cookie keeps meanwhile."""
        flight = Flight(new_secret(), self.door.fingerprint)
        query = {
            "response_type": "code",
            "client_id": self.asked.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": flight.state,
            "nonce": flight.nonce,
            "code_challenge": flight.challenge,
            "code_challenge_method": "S256",
        }
        address = self.asked.endpoint("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", flight.secret

    async def arrive(
        self, secret: str | None, *, state: str, code: str, issuer: str | None, redirect_uri: str, caller: Caller
    ) -> Entered | Halfway:
        """Sign in whom the code stands for; raise `ProviderFailed`, `NotInvited` or `Throttled`.

        Each arrival makes us call the provider, so those of an address are counted like its wrong passwords.
        """
        provider, flight = self.asked.provider, Flight(secret or new_secret(), self.door.fingerprint)
        is_other = issuer is not None and issuer.rstrip("/") != provider.issuer  # RFC 9207
        if is_other or not code or not hmac.compare_digest(flight.state.encode(), state.encode()):
            raise ProviderFailed(f"That did not begin in this browser, or was broken off at {provider.name}; try again")
        counted = Counting(self.door.fingerprint).of_address(caller.address)
        await run_in_threadpool(self.door.throttle.take, *counted)
        given = {"code": code, "verifier": flight.verifier, "nonce": flight.nonce, "redirect_uri": redirect_uri}
        claims = await run_in_threadpool(self.asked.claims, **given, now=self.clock())
        person = Person.of(claims, issuer=provider.issuer)
        unguessable = await self.door.passwords.hash_in_turn(os.urandom(32).hex())
        try:
            user_id, is_linked_now = await run_in_threadpool(self.identities.user_of, person, unguessable_phc=unguessable)
        except NotInvited:
            await self.door.tell_unknown(caller, step=provider.name)
            raise
        await run_in_threadpool(self.door.throttle.forgive, *counted)
        phc = await run_in_threadpool(self.door.accounts.password_of, user_id)
        if phc is None:
            raise WrongCredentials(WRONG)
        if is_linked_now:
            await self.door.tell("identity_added", user_id, caller=caller)
        return await self.door.go_on(user_id, phc, caller=caller, how="single sign-on")
