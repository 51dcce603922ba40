"""A letter to a person when something about their way in was changed, or a browser came in that they have not used before.

Told by `front_door`, `openid`, the pages and the command line, after the fact. Who steals a password changes what lets its owner
back in: the owner learns of it by a way that the thief does not have. It goes by the mail channel that links go by; where there
is none nobody is written to. Nobody waits for it: `post` runs it behind the answer, and what came of it is in the audit log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from clarity_pipeline.alerts.letters import Letters, change_letter
from clarity_pipeline.connections.audit import note
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.callers import Caller
from clarity_pipeline.panel.access.throttle import Subject, Throttle, Throttled
from clarity_pipeline.panel.access.users import User
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase

Change = Literal[
    "password",
    "address",
    "second_factor_on",
    "second_factor_off",
    "recovery_codes",
    "identity_added",
    "identity_removed",
    "identity_allowed",
    "new_browser",
]

WHAT: dict[Change, str] = {
    "password": "your password was changed",
    "address": "your e-mail address was changed",
    "second_factor_on": "your second factor was set up",
    "second_factor_off": "your second factor was taken away",
    "recovery_codes": "your recovery codes were made anew",
    "identity_added": "an account at another provider signs you in",
    "identity_removed": "an account at another provider was unlinked",
    "identity_allowed": "an account at another provider signs you in again",
    "new_browser": "you signed in with a new browser",
}

FREE_OF_BROWSERS, LONGEST_BETWEEN = 10, timedelta(hours=1)
"""Of the letters about browsers alone: who could use up the others would hide a change behind a flood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLetters:
    """Those of one deployment; `panel_address` stands in them where it is known, and nothing of a request ever does."""

    state: StateDatabase
    letters: Letters
    throttle: Throttle
    fingerprint: Callable[[str], str]
    clock: Clock
    panel_address: str | None
    post: Callable[[Callable[[], object]], None]

    def tell(self, what: Change, user: User, *, caller: Caller | None = None, to: str | None = None) -> None:
        """Write to the user, or to the address that they had before; `caller` is None where an admin did it."""
        self.post(lambda: self._send(what, user, caller=caller, to=to or user.email))

    def _send(self, what: Change, user: User, *, caller: Caller | None, to: str) -> None:
        try:
            if what == "new_browser":
                subject = self.fingerprint(f"letters about browsers of {user.user_id}")
                self.throttle.take(Subject(subject, FREE_OF_BROWSERS, LONGEST_BETWEEN))
            channel = self.letters.channel()
        except Throttled:
            return
        if channel is None:
            return
        by = f"from {caller.shown_network} with {caller.browser}" if caller else "by your agency"
        link = None if self.panel_address is None else f"{self.panel_address}/account"
        document = change_letter(WHAT[what], by=by, at=self.clock(), link=link)
        failed = None
        try:
            self.letters.send(document, to=to, by=channel)
        except ClarityPipelineError as error:
            failed = str(getattr(error, "code", error.reason))
        told = {"account": to, "about": WHAT[what], "channel": channel.channel_id, "failed": failed}
        with self.state.write() as connection:
            note(connection, "letter_sent", at=self.clock(), business_id=None, actor="pipeline", **told)
