"""How often somebody may try: tries of each account and each address, counted in the database before a password is looked at.

Called by `front_door` around everything that a secret can be guessed at. Looking and counting are one transaction under the
database's write lock: counted afterwards, 50 tries at once would all find room. Nothing is counted for a try that is refused, so
who waits as long as told gets in. Subjects are keyed fingerprints: an address belongs to a person, and people type passwords
into the field for the account.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

import sqlalchemy as sa

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_tries

WINDOW = timedelta(minutes=15)
TRIES_OF_AN_ACCOUNT = 10
TRIES_OF_AN_ADDRESS = 50
"""An office shares one; a sign-in that succeeds is given back to both."""

_IPV6_NETWORK_BITS = 64
_t = panel_tries.c


class Throttled(ClarityPipelineError):
    """Too many tries; `retry_after_seconds` says when there is room again."""

    reason = "throttled"

    def __init__(self, retry_after_seconds: int) -> None:
        minutes = ceil(retry_after_seconds / 60)
        super().__init__(f"Too many tries: wait {minutes} minute{'s' if minutes > 1 else ''}, then try again")
        self.retry_after_seconds = retry_after_seconds
        self.headers = {"retry-after": str(retry_after_seconds)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What tries are counted for, as stored, and how many are allowed within WINDOW."""

    fingerprint: str
    allowed: int


class Throttle:
    """The tries of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def take(self, *subjects: Subject) -> None:
        """Count one try for each, or raise `Throttled` and count none."""
        with self._state.write() as connection:
            now = self._clock()
            connection.execute(sa.delete(panel_tries).where(_t.since <= now - WINDOW))
            names = [each.fingerprint for each in subjects]
            found = connection.execute(sa.select(panel_tries).where(_t.subject.in_(names)))
            counted = {row.subject: row for row in found}
            full = [each for each in subjects if each.fingerprint in counted and counted[each.fingerprint].tries >= each.allowed]
            if full:
                raise Throttled(max(_seconds_left(counted[each.fingerprint].since, now) for each in full))
            for each in subjects:
                if each.fingerprint in counted:
                    _add(connection, each, 1)
                else:
                    connection.execute(sa.insert(panel_tries).values(subject=each.fingerprint, tries=1, since=now))

    def forgive(self, *, account: Subject, address: Subject) -> None:
        """After a success: the account starts anew; the address gets back this one try, not those on other accounts."""
        with self._state.write() as connection:
            connection.execute(sa.delete(panel_tries).where(_t.subject == account.fingerprint))
            _add(connection, address, -1)


def network_of(address: str) -> str:
    """The address, or for IPv6 its /64: a household or a server has all of it to try from."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Address(int(found) >> _IPV6_NETWORK_BITS << _IPV6_NETWORK_BITS))


def _add(connection: sa.Connection, subject: Subject, tries: int) -> None:
    connection.execute(sa.update(panel_tries).where(_t.subject == subject.fingerprint).values(tries=_t.tries + tries))


def _seconds_left(since: datetime, now: datetime) -> int:
    return max(1, ceil((since + WINDOW - now).total_seconds()))
