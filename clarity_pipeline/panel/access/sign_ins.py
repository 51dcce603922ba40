"""Who is signed in: one row a browser, found by the SHA-256 of what its cookie holds, ended by deleting the row.

Called by `front_door` and `doors`; the guard of every route reads the cookie through `cookie`. A sign-in ends 12 hours after it
was last seen, 7 days after it began, or when somebody ends it; the secret is new at every sign-in and at every change of the
password. Never trusted: the cookie, beyond being 43 characters that hash to a row.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from clarity_pipeline.connections.audit import Actor
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.callers import Caller
from clarity_pipeline.panel.access.notice import Notice
from clarity_pipeline.panel.access.policy import Role, Viewer
from clarity_pipeline.panel.access.secret_links import digest, new_secret
from clarity_pipeline.panel.access.sign_in_log import How, note_sign_in, note_sign_out
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_memberships, panel_second_factors, panel_sign_ins, panel_users

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)

_SEEN_EVERY = timedelta(minutes=5)
"""So that a page does not cost a write: a sign-in may end this much early."""

WRONG = "E-mail address or password is wrong; try again, or ask an agency admin for an invite"
"""The one thing that is said of any sign-in that fails."""

_s, _u, _f = panel_sign_ins.c, panel_users.c, panel_second_factors.c


class WrongCredentials(ClarityPipelineError):
    """No account has that address and password, or it is disabled."""

    reason = "wrong_credentials"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser that is signed in, as its owner sees it."""

    sign_in_id: int
    browser: str
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime


class SignIns:
    """The sign-ins of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock, second_factor_for: Collection[Role] = ()) -> None:
        self._state = state
        self._clock = clock
        self._second_factor_for = frozenset(second_factor_for)

    def begin(self, user_id: int, *, phc: str, caller: Caller, how: How = "password") -> str:
        """Sign a user in and give the secret for the cookie; what the browser had before ends.

        `phc` is what the password was verified against: raises `WrongCredentials` when it was changed, or the user disabled,
        while it was being verified, since whoever did that has ended all sign-ins already.
        """
        now, secret = self._clock(), new_secret()
        still_so = (_u.user_id == user_id, _u.password_phc == phc, _u.disabled_at.is_(None))
        with self._state.write() as connection:
            if not connection.scalar(sa.select(sa.exists().where(*still_so))):
                raise WrongCredentials(WRONG)
            connection.execute(sa.delete(panel_sign_ins).where(_over(now)))
            if caller.secret is not None:
                connection.execute(sa.delete(panel_sign_ins).where(_s.secret_sha256 == digest(caller.secret)))
            connection.execute(
                sa.insert(panel_sign_ins).values(
                    secret_sha256=digest(secret),
                    user_id=user_id,
                    browser=caller.browser,
                    created_at=now,
                    last_seen_at=now,
                    ends_at=now + LONGEST,
                    proved_at=now,
                )
            )
            note_sign_in(connection, user_id, at=now, caller=caller, how=how)
        return secret

    def viewer(self, secret: str | None) -> Viewer | None:
        """Who the cookie stands for; None when it stands for nobody, or no longer."""
        if secret is None:
            return None
        now = self._clock()
        query = (
            sa.select(
                _s.sign_in_id,
                _s.last_seen_at,
                _s.notice,
                _s.proved_at,
                _u.user_id,
                _u.email,
                _u.name,
                _u.role,
                _u.time_zone,
                sa.exists().where(_f.user_id == _u.user_id, _f.confirmed_at.is_not(None)).label("has_factor"),
            )
            .join(panel_users, _u.user_id == _s.user_id)
            .where(_s.secret_sha256 == digest(secret), ~_over(now), _u.disabled_at.is_(None))
        )
        with self._state.read() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            own = sa.select(panel_memberships.c.business_id).where(panel_memberships.c.user_id == row.user_id)
            business_ids = frozenset(connection.scalars(own)) if row.role == "client" else frozenset()
        if now - row.last_seen_at >= _SEEN_EVERY:
            with self._state.write() as connection:
                this = _s.sign_in_id == row.sign_in_id
                connection.execute(sa.update(panel_sign_ins).where(this).values(last_seen_at=now))
        owes = row.role in self._second_factor_for and not row.has_factor
        who = (row.user_id, row.email, row.name, row.role, business_ids)
        return Viewer(*who, row.sign_in_id, row.notice, row.proved_at, owes_second_factor=owes, time_zone=row.time_zone)

    def end(self, secret: str | None) -> None:
        """Sign this browser out."""
        if secret is not None:
            self._end(_s.secret_sha256 == digest(secret), why="signed out")

    def end_one(self, user_id: int, sign_in_id: int) -> None:
        """Sign one browser of this user out; somebody else's is not touched."""
        self._end(_s.user_id == user_id, _s.sign_in_id == sign_in_id, why="from the list of their browsers")

    def end_all(self, user_id: int, *, but: int | None = None, by: Actor | None = None) -> None:
        """Sign the user out everywhere, or everywhere else; `by` is an admin, where one does it for them."""
        if but is None:
            self._end(_s.user_id == user_id, why=f"everywhere, by {by}" if by else "everywhere")
        else:
            self._end(_s.user_id == user_id, _s.sign_in_id != but, why="everywhere else")

    def _end(self, *which: sa.ColumnElement[bool], why: str) -> None:
        with self._state.write() as connection:
            ended = list(connection.scalars(sa.delete(panel_sign_ins).where(*which).returning(_s.user_id)))
            for user_id in sorted(set(ended)):
                note_sign_out(connection, user_id, at=self._clock(), sign_ins=ended.count(user_id), why=why)

    def of(self, user_id: int) -> list[SignIn]:
        """Where the user is signed in, the latest first."""
        query = sa.select(_s.sign_in_id, _s.browser, _s.created_at, _s.last_seen_at, _s.ends_at)
        theirs = query.where(_s.user_id == user_id, ~_over(self._clock())).order_by(_s.last_seen_at.desc(), _s.sign_in_id.desc())
        with self._state.read() as connection:
            return [SignIn(**row) for row in connection.execute(theirs).mappings()]

    def prove(self, viewer: Viewer) -> None:
        """The viewer has given their password again, in this browser."""
        with self._state.write() as connection:
            this = _s.sign_in_id == viewer.sign_in_id
            connection.execute(sa.update(panel_sign_ins).where(this).values(proved_at=self._clock()))

    def leave_notice(self, viewer: Viewer, notice: Notice) -> None:
        """Something for the viewer's next page to say."""
        self._set_notice(viewer.sign_in_id, notice.stored())

    def forget_notice(self, viewer: Viewer) -> None:
        """It was said."""
        self._set_notice(viewer.sign_in_id, None)

    def _set_notice(self, sign_in_id: int, text: str | None) -> None:
        with self._state.write() as connection:
            connection.execute(sa.update(panel_sign_ins).where(_s.sign_in_id == sign_in_id).values(notice=text))


def browser_name(user_agent: str) -> str:
    """Such as `Firefox on Linux`: enough to know one's own, and no version to tell people apart by."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux"}
    browser = next((name for mark, name in browsers.items() if mark in user_agent), "A browser")
    system = next((name for mark, name in systems.items() if mark in user_agent), None)
    return f"{browser} on {system}" if system else browser


def _over(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_s.ends_at <= now, _s.last_seen_at <= now - IDLE)
