"""Everything that takes a secret from a stranger: signing in, an invite, a change of the password. Tries are counted first.

Called by `doors`. Whether an account exists is told by neither words, status nor time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.accounts import Accounts
from clarity_pipeline.panel.access.invites import Invites
from clarity_pipeline.panel.access.passwords import Passwords, check_password
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.access.sign_ins import WRONG, SignIns, WrongCredentials
from clarity_pipeline.panel.access.throttle import TRIES_OF_AN_ACCOUNT, TRIES_OF_AN_ADDRESS, Subject, Throttle, network_of


class WrongPassword(ClarityPipelineError):
    """The present password, asked for before a new one is set, is not that."""

    reason = "wrong_password"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who knocks: the network address, what the browser calls itself, and the secret that its cookie has held so far."""

    address: str
    browser: str
    secret: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """What is behind the door; `fingerprint` is keyed, so that the table of tries tells nothing."""

    accounts: Accounts
    sign_ins: SignIns
    invites: Invites
    throttle: Throttle
    passwords: Passwords
    fingerprint: Callable[[str], str]

    async def enter(self, email: str, password: str, *, caller: Caller) -> str:
        """The secret of a new sign-in; raise `WrongCredentials` or `Throttled`."""
        account, address = self._account(email.strip().lower()), self._address(caller)
        await run_in_threadpool(self.throttle.take, account, address)
        known = await run_in_threadpool(self.accounts.credentials, email)
        user_id, phc = known or (0, None)
        if not await self.passwords.fits_in_turn(password, phc) or phc is None:
            raise WrongCredentials(WRONG)
        await run_in_threadpool(self.throttle.forgive, account=account, address=address)
        if self.passwords.is_outdated(phc):
            renewed = await self.passwords.hash_in_turn(password)
            await run_in_threadpool(self.accounts.rehash, user_id, renewed, instead_of=phc)
            phc = renewed
        return await self._begin(user_id, phc, caller)

    async def accept(self, code: str, *, name: str, password: str, caller: Caller) -> str:
        """Use an invite up: the account is made, or has its new password; raise `InviteOver`, `InvalidAccount`, `WeakPassword`.

        A code is 256 random bits; tries are counted all the same, because each costs a hash.
        """
        await run_in_threadpool(self.throttle.take, self._address(caller))
        invite = await run_in_threadpool(self.invites.look, code)
        check_password(password, email=invite.email)
        phc = await self.passwords.hash_in_turn(password)
        user = await run_in_threadpool(self.invites.accept, code, name=name, password_phc=phc)
        return await self._begin(user.user_id, phc, caller)

    async def change_password(self, viewer: Viewer, *, present: str, new: str, caller: Caller) -> str:
        """End all sign-ins of the viewer and begin one under the new password."""
        account, address = self._account(viewer.email), self._address(caller)
        await run_in_threadpool(self.throttle.take, account, address)
        known = await run_in_threadpool(self.accounts.credentials, viewer.email)
        if not await self.passwords.fits_in_turn(present, known[1] if known else None):
            raise WrongPassword("That is not your present password; try again")
        await run_in_threadpool(self.throttle.forgive, account=account, address=address)
        check_password(new, email=viewer.email)
        phc = await self.passwords.hash_in_turn(new)
        await run_in_threadpool(self.accounts.set_password, viewer.user_id, phc, actor=viewer.actor)
        return await self._begin(viewer.user_id, phc, caller)

    async def _begin(self, user_id: int, phc: str, caller: Caller) -> str:
        return await run_in_threadpool(self.sign_ins.begin, user_id, phc=phc, browser=caller.browser, instead_of=caller.secret)

    def _account(self, email: str) -> Subject:
        return Subject(self.fingerprint(f"tries of account {email}"), TRIES_OF_AN_ACCOUNT)

    def _address(self, caller: Caller) -> Subject:
        return Subject(self.fingerprint(f"tries from {network_of(caller.address)}"), TRIES_OF_AN_ADDRESS)
