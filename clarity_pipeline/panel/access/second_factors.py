"""A second thing to sign in with: the six digits of an app (TOTP, RFC 6238), and ten recovery codes for the day it is lost.

Called by `front_door`, `own_account` and `panel`. The key that the app has too is sealed like a token of Clarity; a recovery code
is kept as a keyed fingerprint and gone once used. A code is taken once: its 30 seconds are noted in the transaction that takes
it, and of two who bring it at once one is told no.
"""

import hmac
import secrets
from dataclasses import dataclass

import pyotp
import sqlalchemy as sa

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline.connections.secrets import SecretBox
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.sign_in_log import How
from clarity_pipeline.panel.access.users import get_user
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.panel import panel_recovery_codes, panel_second_factors

ISSUER = "clarity_pipeline"
"""How the app calls it."""

RECOVERY_CODES = 10
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0 or 1, which people take for one another
_CODE_LETTERS = 12  # of 32 letters each: 60 bits
_STEP_SECONDS = 30
_NEIGHBOURS = (0, -1, 1)
"""Steps beside the present one that are taken as well: clocks differ, and people type slowly."""

_f, _c = panel_second_factors.c, panel_recovery_codes.c


class WrongCode(ClarityPipelineError):
    """The code is not the present one, was used already, or is no recovery code that is left."""

    reason = "wrong_code"
    field = "code"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What somebody's app is given: the key, for typing, and the same as an address, for its camera."""

    key: str
    uri: str


@dataclass(frozen=True, slots=True)
class State:
    """How somebody's second factor is, for their own page."""

    is_on: bool
    is_begun: bool
    codes_left: int


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """Those of one state database."""

    state: StateDatabase
    box: SecretBox
    clock: Clock

    def of(self, user_id: int) -> State:
        """How it is."""
        left = sa.select(sa.func.count()).select_from(panel_recovery_codes).where(_c.user_id == user_id)
        with self.state.read() as connection:
            row = connection.execute(sa.select(_f.confirmed_at).where(_f.user_id == user_id)).one_or_none()
            is_on = row is not None and row.confirmed_at is not None
            return State(is_on, row is not None and not is_on, int(connection.scalar(left) or 0))

    def begin(self, user_id: int) -> Enrolment:
        """A new key that is not asked for yet; `WrongCode` where one is in use: it is taken away first."""
        key = pyotp.random_base32()
        with self.state.write() as connection:
            email = get_user(connection, user_id).email
            self._delete(connection, user_id, _f.confirmed_at.is_(None))
            if connection.scalar(sa.select(sa.exists().where(_f.user_id == user_id))):
                raise WrongCode("A second factor is in use already; take it away before you set up another")
            sealed = self.box.seal(Token(key), business_id=str(user_id), field="second_factor")
            values = {"user_id": user_id, "secret_ciphertext": sealed, "made_at": self.clock()}
            connection.execute(sa.insert(panel_second_factors).values(**values))
        return _enrolment(key, email)

    def begun(self, user_id: int) -> Enrolment | None:
        """The key that waits for its first code, to be shown again."""
        with self.state.read() as connection:
            waits = (_f.user_id == user_id, _f.confirmed_at.is_(None))
            sealed = connection.scalar(sa.select(_f.secret_ciphertext).where(*waits))
            return None if sealed is None else _enrolment(self._open(sealed, user_id), get_user(connection, user_id).email)

    def confirm(self, user_id: int, code: str, *, actor: Actor) -> list[str]:
        """Ask for it from now on, once the app has shown that it has the key; the recovery codes, told this once."""
        with self.state.write() as connection:
            self._use_step(connection, user_id, code, is_confirmed=False)
            connection.execute(sa.update(panel_second_factors).where(_f.user_id == user_id).values(confirmed_at=self.clock()))
            self._note(connection, "second_factor_on", user_id, actor)
            return self._new_codes(connection, user_id)

    def use(self, user_id: int, code: str) -> How:
        """Take a code of the app, or a recovery code; raise `WrongCode`."""
        typed = "".join(code.split()).replace("-", "").lower()
        with self.state.write() as connection:
            if typed.isdecimal():
                self._use_step(connection, user_id, typed, is_confirmed=True)
                return "password and code"
            is_it = (_c.user_id == user_id, _c.code_fingerprint == self._fingerprint(user_id, typed))
            if connection.execute(sa.delete(panel_recovery_codes).where(*is_it)).rowcount != 1:
                raise WrongCode(WRONG_CODE)
            return "password and recovery code"

    def renew_codes(self, user_id: int, *, actor: Actor) -> list[str]:
        """Ten new recovery codes, told this once; the old ones are good for nothing any more."""
        with self.state.write() as connection:
            if not connection.scalar(sa.select(sa.exists().where(_f.user_id == user_id, _f.confirmed_at.is_not(None)))):
                raise WrongCode("There is no second factor to recover; set one up first")
            self._note(connection, "recovery_codes_made", user_id, actor)
            return self._new_codes(connection, user_id)

    def take_away(self, user_id: int, *, actor: Actor) -> bool:
        """Ask for none any more; whether there was one."""
        with self.state.write() as connection:
            was_on = self._delete(connection, user_id, _f.confirmed_at.is_not(None))
            self._delete(connection, user_id)
            if was_on:
                self._note(connection, "second_factor_off", user_id, actor)
            return was_on

    def _use_step(self, connection: sa.Connection, user_id: int, code: str, *, is_confirmed: bool) -> None:
        state = _f.confirmed_at.is_not(None) if is_confirmed else _f.confirmed_at.is_(None)
        row = connection.execute(sa.select(panel_second_factors).where(_f.user_id == user_id, state)).one_or_none()
        if row is None:
            raise WrongCode(WRONG_CODE)
        totp, typed = pyotp.TOTP(self._open(row.secret_ciphertext, user_id)), "".join(code.split()).encode()
        now = int(self.clock().timestamp()) // _STEP_SECONDS
        fitting = [now + by for by in _NEIGHBOURS if hmac.compare_digest(totp.generate_otp(now + by).encode(), typed)]
        fresh = [step for step in fitting if row.last_step is None or step > row.last_step]
        if not fresh:
            raise WrongCode(WRONG_CODE)
        connection.execute(sa.update(panel_second_factors).where(_f.user_id == user_id).values(last_step=max(fresh)))

    def _new_codes(self, connection: sa.Connection, user_id: int) -> list[str]:
        connection.execute(sa.delete(panel_recovery_codes).where(_c.user_id == user_id))
        codes = ["".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS)) for _ in range(RECOVERY_CODES)]
        rows = [{"user_id": user_id, "code_fingerprint": self._fingerprint(user_id, code)} for code in codes]
        connection.execute(sa.insert(panel_recovery_codes), rows)
        return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]

    def _delete(self, connection: sa.Connection, user_id: int, *which: sa.ColumnElement[bool]) -> bool:
        gone = connection.execute(sa.delete(panel_second_factors).where(_f.user_id == user_id, *which)).rowcount
        if gone:
            connection.execute(sa.delete(panel_recovery_codes).where(_c.user_id == user_id))
        return bool(gone)

    def _fingerprint(self, user_id: int, code: str) -> str:
        return self.box.fingerprint(f"recovery code {user_id} {code}")

    def _open(self, sealed: str, user_id: int) -> str:
        return self.box.open(sealed, business_id=str(user_id), field="second_factor").reveal()

    def _note(self, connection: sa.Connection, action: Action, user_id: int, actor: Actor) -> None:
        account = get_user(connection, user_id).email
        note(connection, action, at=self.clock(), business_id=None, actor=actor, account=account)


WRONG_CODE = "That code is wrong, used already or too old; give the one that your app shows now, or a recovery code"


def _enrolment(key: str, email: str) -> Enrolment:
    return Enrolment(key, pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=ISSUER))
