"""How often somebody may guess: delays that grow with each wrong try, counted in the database before a password is looked at.

Called by `front_door`. What is counted for whom is said in `callers`. Looking and counting are one transaction
under the database's write lock: counted afterwards, 50 tries at once would all find room. Nothing is counted for a try that is
refused, so who waits as long as told gets in. Subjects are keyed fingerprints: an address belongs to a person, and people type
passwords into the field for the account.

A stranger can never make a person wait who comes from another address, with one exception that is short: once an account has had
`UNREST` tries from browsers that it does not know, each address that comes to it for the first time waits a minute before its
first one. A limit on all tries of an account together would be a lock that anybody can put on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_tries

FIRST_DELAY = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=1)
"""Since the last try of a subject."""

UNREST = 100
DELAY_OF_A_NEWCOMER = timedelta(minutes=1)
MOST_SUBJECTS = 100_000
"""Rows; the oldest go when there are more, at 100 bytes each."""

_t = panel_tries.c


class Throttled(ClarityPipelineError):
    """Too many tries; `retry_after_seconds` says when there is room again."""

    reason = "throttled"

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many tries: wait {_in_words(retry_after_seconds)}, then try again")
        self.retry_after_seconds = retry_after_seconds
        self.headers = {"retry-after": str(retry_after_seconds)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What tries are counted for, as stored: so many are free, each further one doubles the delay up to the longest.

    Without a `longest` delay the tries are only counted.
    """

    fingerprint: str
    free: int = 0
    longest: timedelta | None = None

    def delay(self, tries: int) -> timedelta:
        """How long to wait after so many tries that did not succeed."""
        if self.longest is None or tries < self.free:
            return timedelta(0)
        doublings = min(tries - self.free, 32)  # beyond any longest delay; a timedelta overflows at some point
        return min(self.longest, FIRST_DELAY * (1 << doublings))


class Throttle:
    """The tries of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock, most_subjects: int = MOST_SUBJECTS) -> None:
        self._state = state
        self._clock = clock
        self._most = most_subjects

    def take(self, *subjects: Subject, on_account: Subject | None = None) -> list[int]:
        """Count one try for each and return how many each has had, this one included; or raise `Throttled` and count none.

        `on_account` is what an account has had from everywhere, and delays nobody but newcomers: where the first of the
        subjects is not known yet although the account has seen unrest, it is told to wait a minute.
        """
        counted = (*subjects, *((on_account,) if on_account else ()))
        with self._state.write() as connection:
            now = self._clock()
            connection.execute(sa.delete(panel_tries).where(_t.since <= now - FORGOTTEN_AFTER))
            names = [each.fingerprint for each in counted]
            known = {row.subject: row for row in connection.execute(sa.select(panel_tries).where(_t.subject.in_(names)))}
            wait = max((_seconds_left(each, known.get(each.fingerprint), now) for each in subjects), default=0)
            if wait:
                raise Throttled(wait)
            on_newcomer = subjects[0] if on_account and self._is_newcomer(subjects[0], on_account, known) else None
            tries = [self._add(connection, each, known.get(each.fingerprint), now) for each in counted]
            if on_newcomer is not None:
                _set(connection, on_newcomer, tries=_tries_for(on_newcomer, DELAY_OF_A_NEWCOMER), since=now)
            if len(known) < len(counted):
                self._make_room(connection)
        if on_newcomer is not None:
            raise Throttled(int(DELAY_OF_A_NEWCOMER.total_seconds()))
        return tries

    def forgive(self, *subjects: Subject, own: Subject | None = None) -> None:
        """After a success: `own` starts anew; the others get back this one try, not those on other accounts."""
        with self._state.write() as connection:
            if own is not None:
                connection.execute(sa.delete(panel_tries).where(_t.subject == own.fingerprint))
            names = [each.fingerprint for each in subjects]
            connection.execute(sa.update(panel_tries).where(_t.subject.in_(names)).values(tries=_t.tries - 1))

    def _is_newcomer(self, subject: Subject, on_account: Subject, known: dict[str, Any]) -> bool:
        of_account = known.get(on_account.fingerprint)
        return of_account is not None and of_account.tries >= UNREST and subject.fingerprint not in known

    def _add(self, connection: sa.Connection, subject: Subject, row: Any, now: datetime) -> int:
        if row is None:
            connection.execute(sa.insert(panel_tries).values(subject=subject.fingerprint, tries=1, since=now))
            return 1
        tries = int(row.tries) + 1
        _set(connection, subject, tries=tries, since=now)
        return tries

    def _make_room(self, connection: sa.Connection) -> None:
        """Forget the oldest subjects where there are too many."""
        surplus = int(connection.scalar(sa.select(sa.func.count()).select_from(panel_tries)) or 0) - self._most
        if surplus > 0:
            oldest = sa.select(_t.subject).order_by(_t.since, _t.subject).limit(surplus)
            connection.execute(sa.delete(panel_tries).where(_t.subject.in_(oldest.scalar_subquery())))


def guesses_within(subjects: Sequence[Subject], span: timedelta) -> int:
    """How many tries somebody gets who never waits longer than told: what a day of guessing comes to."""
    tries, at = 0, timedelta(0)
    while at < span:
        tries += 1
        at += max(each.delay(tries) for each in subjects)
    return tries


def _in_words(seconds: int) -> str:
    number, unit = (seconds, "second") if seconds < 60 else (ceil(seconds / 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _tries_for(subject: Subject, delay: timedelta) -> int:
    """After how many tries a subject waits so long."""
    tries = subject.free
    while subject.delay(tries) < min(delay, subject.longest or delay):
        tries += 1
    return tries


def _set(connection: sa.Connection, subject: Subject, **values: Any) -> None:
    connection.execute(sa.update(panel_tries).where(_t.subject == subject.fingerprint).values(**values))


def _seconds_left(subject: Subject, row: Any, now: datetime) -> int:
    if row is None:
        return 0
    free_at: datetime = row.since + subject.delay(row.tries)
    return max(0, ceil((free_at - now).total_seconds()))
