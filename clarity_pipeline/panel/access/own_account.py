"""What somebody who is signed in does with secrets of their own: another password, a second factor; and proving that it is they.

Built by `panel`. Tries are counted for the person alone, so that no stranger can keep them from it. What is weighty needs the
password again, unless it was given in this browser within ten minutes: a browser that was left open must not be enough.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.callers import Caller, Counting
from clarity_pipeline.panel.access.front_door import Entered, FrontDoor
from clarity_pipeline.panel.access.identities import Identities
from clarity_pipeline.panel.access.new_passwords import check_password
from clarity_pipeline.panel.access.policy import Viewer
from clarity_pipeline.panel.access.second_factors import WrongCode
from clarity_pipeline.settings.settings import Clock

FRESH = timedelta(minutes=10)


class WrongPassword(ClarityPipelineError):
    """The present password, asked for before something weighty is done, is not that."""

    reason = "wrong_password"
    field = "present"


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The secrets of people who are in."""

    door: FrontDoor
    identities: Identities
    clock: Clock

    def is_fresh(self, viewer: Viewer) -> bool:
        """Whether the password was given in this browser within ten minutes."""
        return viewer.proved_at is not None and self.clock() - viewer.proved_at < FRESH

    async def need_fresh(self, viewer: Viewer, present: str) -> None:
        """Raise `WrongPassword` or `Throttled` unless it was, or is given now."""
        if self.is_fresh(viewer):
            return
        if not present:
            raise WrongPassword("Give your password once more for this: it was more than ten minutes ago that you did")
        await self.prove(viewer, present)

    async def prove(self, viewer: Viewer, present: str) -> None:
        """Raise `WrongPassword` or `Throttled` unless that is the viewer's password."""
        door, counted = self.door, Counting(self.door.fingerprint).of_person(viewer.user_id, "password")
        await run_in_threadpool(door.throttle.take, *counted.subjects)
        known = await run_in_threadpool(door.accounts.credentials, viewer.email)
        if not await door.passwords.fits_in_turn(present, known[1] if known else None, known=True):
            raise WrongPassword("That is not your present password; try again")
        await run_in_threadpool(door.throttle.forgive, own=counted.own)
        await run_in_threadpool(door.sign_ins.prove, viewer)

    async def change_password(self, viewer: Viewer, *, present: str, new: str, caller: Caller) -> Entered:
        """End all sign-ins of the viewer and begin one under the new password."""
        await self.prove(viewer, present)
        known = await run_in_threadpool(self.door.accounts.businesses_of, viewer.role, viewer.business_ids)
        await run_in_threadpool(check_password, new, known=(viewer.email, viewer.name, *known))
        phc = await self.door.passwords.hash_in_turn(new)
        await run_in_threadpool(self.door.accounts.set_password, viewer.user_id, phc, actor=viewer.actor)
        await self.door.tell("password", viewer.user_id, caller=caller)
        return await self.door.begin(viewer.user_id, phc, caller=caller, how="new password")

    async def confirm_second_factor(self, viewer: Viewer, code: str, *, present: str, caller: Caller) -> list[str]:
        """Have it asked for from now on; the recovery codes. Raises `WrongCode` for a code that the app does not show.

        Every other sign-in ends: it began with a password alone.
        """
        await self.need_fresh(viewer, present)
        counted = Counting(self.door.fingerprint).of_person(viewer.user_id, "first code")
        await run_in_threadpool(self.door.throttle.take, *counted.subjects)
        try:
            codes = await run_in_threadpool(self.door.second_factors.confirm, viewer.user_id, code, actor=viewer.actor)
        except WrongCode:
            raise WrongCode("That is not what the app should show now: look at its clock, or scan the picture again") from None
        await run_in_threadpool(self.door.throttle.forgive, own=counted.own)
        await run_in_threadpool(partial(self.door.sign_ins.end_all, viewer.user_id, but=viewer.sign_in_id))
        await self.door.tell("second_factor_on", viewer.user_id, caller=caller)
        return codes

    async def renew_codes(self, viewer: Viewer, *, present: str, caller: Caller) -> list[str]:
        """Ten new recovery codes in place of the old ones."""
        await self.need_fresh(viewer, present)
        codes = await run_in_threadpool(partial(self.door.second_factors.renew_codes, viewer.user_id, actor=viewer.actor))
        await self.door.tell("recovery_codes", viewer.user_id, caller=caller)
        return codes

    async def take_second_factor_away(self, viewer: Viewer, *, present: str, caller: Caller) -> None:
        """Ask for none any more; whose role must have one sets up another before anything else."""
        await self.need_fresh(viewer, present)
        if await run_in_threadpool(partial(self.door.second_factors.take_away, viewer.user_id, actor=viewer.actor)):
            await self.door.tell("second_factor_off", viewer.user_id, caller=caller)

    async def unlink(self, viewer: Viewer, issuer: str, *, present: str, caller: Caller) -> None:
        """Let somebody at a provider in no more, and out where they are in; raise `LastWayIn` where no password is known."""
        await self.need_fresh(viewer, present)
        if await run_in_threadpool(partial(self.identities.unlink, viewer.user_id, issuer, actor=viewer.actor)):
            await run_in_threadpool(partial(self.door.sign_ins.end_all, viewer.user_id, but=viewer.sign_in_id))
            await self.door.tell("identity_removed", viewer.user_id, caller=caller)

    async def allow_again(self, viewer: Viewer, issuer: str, *, present: str, caller: Caller) -> None:
        """Undo that."""
        await self.need_fresh(viewer, present)
        if await run_in_threadpool(partial(self.identities.allow_again, viewer.user_id, issuer, actor=viewer.actor)):
            await self.door.tell("identity_allowed", viewer.user_id, caller=caller)
