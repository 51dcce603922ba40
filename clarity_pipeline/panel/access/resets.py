"""A new password for who has forgotten theirs: a link by mail, good once and for an hour.

Built by `panel`. The answer is the same whether there is such an account or not, and comes before anything is looked at; what
follows runs behind it. An address gets few letters, and a stranger who has them sent ends no link and no sign-in by it: only
using one does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from clarity_pipeline.alerts.letters import Letters, password_letter
from clarity_pipeline.connections.audit import note
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.callers import Caller, network_of
from clarity_pipeline.panel.access.invites import Invites, invite_path
from clarity_pipeline.panel.access.throttle import Subject, Throttle, Throttled
from clarity_pipeline.panel.access.users import InvalidAccount, clean_email
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase

FREE_LETTERS, LONGEST_BETWEEN = 3, timedelta(hours=1)
FREE_REQUESTS, LONGEST_WAIT = 10, timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resets:
    """Requests for links."""

    state: StateDatabase
    invites: Invites
    letters: Letters
    throttle: Throttle
    fingerprint: Callable[[str], str]
    clock: Clock

    @property
    def are_possible(self) -> bool:
        """Whether there is a channel that letters go by."""
        return self.letters.channel() is not None

    def allow(self, caller: Caller) -> None:
        """Raise `Throttled` where too many requests come from one address."""
        name = self.fingerprint(f"letters asked for from {network_of(caller.address)}")
        self.throttle.take(Subject(name, FREE_REQUESTS, LONGEST_WAIT))

    def send(self, email: str, *, caller: Caller, origin: str) -> None:
        """A letter to who has an account, when they did not get too many lately; what came of it is in the audit log.

        Raises nothing: nobody waits for it any more.
        """
        try:
            address = clean_email(email)
            self.throttle.take(Subject(self.fingerprint(f"letters to {address}"), FREE_LETTERS, LONGEST_BETWEEN))
        except (InvalidAccount, Throttled):
            return
        channel = self.letters.channel()
        secret = self.invites.make_reset(address) if channel is not None else None
        if channel is None or secret is None:
            return
        failed = None
        try:
            document = password_letter(origin + invite_path(secret), written_at=self.clock())
            self.letters.send(document, to=address, by=channel)
        except ClarityPipelineError as error:
            failed = str(getattr(error, "code", error.reason))
        told = {"account": address, "network": caller.shown_network, "channel": channel.channel_id, "failed": failed}
        with self.state.write() as connection:
            note(connection, "reset_requested", at=self.clock(), business_id=None, actor="visitor", **told)
