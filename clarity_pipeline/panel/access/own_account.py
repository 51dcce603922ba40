"""What somebody who is signed in does with secrets of their own: another password.

Built by `panel`. Tries are counted for the person alone, so that no stranger can keep them from it.
"""

from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.callers import Caller, Counting
from clarity_pipeline.panel.access.front_door import Entered, FrontDoor
from clarity_pipeline.panel.access.passwords import check_password
from clarity_pipeline.panel.access.policy import Viewer


class WrongPassword(ClarityPipelineError):
    """The present password, asked for before something weighty is done, is not that."""

    reason = "wrong_password"


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """The secrets of people who are in."""

    door: FrontDoor

    async def prove(self, viewer: Viewer, present: str) -> None:
        """Raise `WrongPassword` or `Throttled` unless that is the viewer's password."""
        door, counted = self.door, Counting(self.door.fingerprint).of_person(viewer.user_id, "password")
        await run_in_threadpool(door.throttle.take, *counted.subjects)
        known = await run_in_threadpool(door.accounts.credentials, viewer.email)
        if not await door.passwords.fits_in_turn(present, known[1] if known else None, known=True):
            raise WrongPassword("That is not your present password; try again")
        await run_in_threadpool(door.throttle.forgive, own=counted.own)

    async def change_password(self, viewer: Viewer, *, present: str, new: str, caller: Caller) -> Entered:
        """End all sign-ins of the viewer and begin one under the new password."""
        await self.prove(viewer, present)
        check_password(new, email=viewer.email)
        phc = await self.door.passwords.hash_in_turn(new)
        await run_in_threadpool(self.door.accounts.set_password, viewer.user_id, phc, actor=viewer.actor)
        return await self.door.begin(viewer.user_id, phc, caller=caller, how="new password")
