"""Everything that takes a secret from a stranger: signing in, and an invite. Tries are counted first.

Called by `doors`. Whether an account exists is told by neither words, status nor time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.panel.access.account_letters import AccountLetters, Change
from clarity_pipeline.panel.access.accounts import Accounts
from clarity_pipeline.panel.access.callers import Caller, Counted, Counting
from clarity_pipeline.panel.access.halfway import Tickets
from clarity_pipeline.panel.access.invites import Invites
from clarity_pipeline.panel.access.known_browsers import KnownBrowsers
from clarity_pipeline.panel.access.new_passwords import check_password
from clarity_pipeline.panel.access.passwords import Passwords
from clarity_pipeline.panel.access.second_factors import SecondFactors, WrongCode
from clarity_pipeline.panel.access.sign_in_log import FailedSignIns, How
from clarity_pipeline.panel.access.sign_ins import WRONG, SignIns, WrongCredentials
from clarity_pipeline.panel.access.throttle import Subject, Throttle
from clarity_pipeline.panel.access.users import clean_name

_TOLD_OTHERWISE: frozenset[How] = frozenset({"invite", "new password"})
"""Whoever comes in this way has just made the account, or is written to about the password."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What the browser gets of a sign-in: its secret, and the sign by which it is known from now on."""

    secret: str
    browser: str


@dataclass(frozen=True, slots=True)
class Halfway:
    """The password was right and a code is needed; the ticket stands in the form for it."""

    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """What is behind the door; `fingerprint` is keyed, so that the table of tries tells nothing."""

    accounts: Accounts
    sign_ins: SignIns
    invites: Invites
    throttle: Throttle
    passwords: Passwords
    failed: FailedSignIns
    known_browsers: KnownBrowsers
    second_factors: SecondFactors
    tickets: Tickets
    letters: AccountLetters
    fingerprint: Callable[[str], str]

    async def enter(self, email: str, password: str, *, caller: Caller) -> Entered | Halfway:
        """A new sign-in, or half of one; raise `WrongCredentials` or `Throttled`."""
        account = await run_in_threadpool(self.accounts.credentials, email)
        user_id, phc = account or (0, None)
        browser = self.known_browsers.name(caller.known, user_id=user_id)
        counted = self._counted(email.strip().lower(), caller, browser)
        tries = (await run_in_threadpool(self.throttle.take, *counted.subjects, on_account=counted.on_account))[-1]
        if not await self.passwords.fits_in_turn(password, phc, known=browser is not None) or phc is None:
            await run_in_threadpool(self._tell, email if account else None, caller, tries)
            raise WrongCredentials(WRONG)
        await run_in_threadpool(self.throttle.forgive, *counted.shared, own=counted.own)
        if self.passwords.is_outdated(phc):
            renewed = await self.passwords.hash_in_turn(password)
            await run_in_threadpool(self.accounts.rehash, user_id, renewed, instead_of=phc)
            phc = renewed
        return await self.go_on(user_id, phc, caller=caller, how="password")

    async def finish(self, ticket: str, code: str, *, caller: Caller) -> Entered:
        """The second half; raise `HalfwayOver`, `WrongCode` or `Throttled`.

        Counted apart from passwords, whose count somebody who knows this one can clear; and for all addresses together, since a
        code has a million values: 35 tries a day from browsers that are not known. Who makes its owner wait knows the password.
        """
        user_id, phc = await run_in_threadpool(self.tickets.take, ticket, password_of=self.accounts.password_of)
        browser = self.known_browsers.name(caller.known, user_id=user_id)
        counted = Counting(self.fingerprint).of_person(user_id, f"code in {browser}" if browser else "code")
        (tries,) = await run_in_threadpool(self.throttle.take, *counted.subjects)
        try:
            how = await run_in_threadpool(self.second_factors.use, user_id, code)
        except WrongCode:
            email = (await run_in_threadpool(self.accounts.get, user_id)).email
            await run_in_threadpool(self.failed.tell, email, caller, tries=tries, step="second factor")
            raise
        await run_in_threadpool(self.throttle.forgive, own=counted.own)
        return await self.begin(user_id, phc, caller=caller, how=how)

    async def accept(self, code: str, *, name: str, password: str, caller: Caller) -> Entered | Halfway:
        """Use an invite up: the account is made, or has its new password; raise `InviteOver`, `InvalidAccount`, `WeakPassword`.

        A code is 256 random bits, and nothing is hashed without an open one: there is nothing to guess and no work to cause.
        """
        invite = await run_in_threadpool(self.invites.look, code)
        called = clean_name(name)
        known = await run_in_threadpool(self.accounts.businesses_of, invite.role, invite.business_ids)
        await run_in_threadpool(check_password, password, known=(invite.email, called, *known))
        phc = await self.passwords.hash_in_turn(password)
        user = await run_in_threadpool(self.invites.accept, code, name=called, password_phc=phc)
        if invite.user_id:
            self.letters.tell("password", user, caller=caller)
        return await self.go_on(user.user_id, phc, caller=caller, how="new password" if invite.user_id else "invite")

    async def begin(self, user_id: int, phc: str, *, caller: Caller, how: How = "password") -> Entered:
        """Sign in somebody who has proved who they are."""
        secret = await run_in_threadpool(self.sign_ins.begin, user_id, phc=phc, caller=caller, how=how)
        is_known = self.known_browsers.name(caller.known, user_id=user_id) is not None
        if not is_known and how not in _TOLD_OTHERWISE:
            await self.tell("new_browser", user_id, caller=caller)
        return Entered(secret, str(caller.known) if is_known else self.known_browsers.make(user_id))

    async def go_on(self, user_id: int, phc: str, *, caller: Caller, how: How) -> Entered | Halfway:
        """After the first proof: in, or on to the second factor of who has one."""
        if (await run_in_threadpool(self.second_factors.of, user_id)).is_on:
            return Halfway(self.tickets.make(user_id, phc))
        return await self.begin(user_id, phc, caller=caller, how=how)

    async def tell(self, what: Change, user_id: int, *, caller: Caller) -> None:
        """Write to somebody about their account."""
        self.letters.tell(what, await run_in_threadpool(self.accounts.get, user_id), caller=caller)

    def _counted(self, email: str, caller: Caller, browser: str | None) -> Counted:
        counting = Counting(self.fingerprint)
        return counting.of_browser(browser) if browser else counting.of_stranger(email, caller.address)

    async def tell_unknown(self, caller: Caller, *, step: str) -> None:
        """Somebody whom a provider knows, and nobody here."""
        await run_in_threadpool(self._tell, None, caller, 0, step)

    def _tell(self, email: str | None, caller: Caller, tries: int, step: str | None = None) -> None:
        """Counted for accounts that exist and for those that do not, so that both take the same time."""
        (of_all,) = self.throttle.take(Subject(self.fingerprint(f"wrong tries of accounts that {'are' if email else 'are not'}")))
        self.failed.tell(email and email.strip().lower(), caller, tries=tries if email else of_all, step=step)
