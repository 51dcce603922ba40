"""Who is synced: one row a business, with its project, its sealed token, and whether and why it is switched off.

Called by the command line (all of it), by `capture` (the only caller of `credentials`) and by the orchestration room (who is
enabled).
Nothing here calls Clarity, deletes a business or forgets its history, or lets a token out but through `credentials`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.businesses.secrets import SecretBox
from clarity_pipeline.clarity.token import Token, read_claims
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema import business_config

PAUSED = "paused"
TOKEN_REJECTED = "token_rejected"  # noqa: S105 - a reason, not a token
DISCONNECTED = "disconnected"

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PROJECT_ID = re.compile(r"[A-Za-z0-9]{6,20}")
_CURED_BY_A_TOKEN = {TOKEN_REJECTED, DISCONNECTED}
_OF_THE_TOKEN = ("quota_key", "token_ciphertext", "token_expires_at", "token_stored_at")
_ENABLED: dict[str, Any] = {"enabled": True, "disabled_reason": None}
_c = business_config.c


class InvalidBusiness(ClarityPipelineError):
    """A slug or a project id that cannot be; nothing was stored."""

    reason = "invalid_business"


class UnknownBusiness(ClarityPipelineError):
    """No business has that slug."""

    reason = "unknown_business"


class TokenMissing(ClarityPipelineError):
    """The business has no token: it was disconnected."""

    reason = "token_missing"


@dataclass(frozen=True, slots=True)
class Business:
    """A business as stored, without its secret; `quota_key` is None once disconnected, `disabled_reason` None while enabled."""

    business_id: str
    name: str
    project_id: str
    quota_key: str | None
    token_stored: bool
    token_expires_at: datetime | None
    token_stored_at: datetime | None
    enabled: bool
    disabled_reason: str | None
    kept_query_parameters: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    keep_path_ids: bool


class Connections:
    """The businesses of one state database. Every change is one locked transaction and gives the row as it is afterwards."""

    def __init__(self, state: StateDatabase, *, secrets: SecretBox, clock: Clock) -> None:
        self._state = state
        self._secrets = secrets
        self._clock = clock

    def connect(self, business_id: str, *, project_id: str, token: Token, name: str | None = None) -> Business:
        """Store a new business, or reconnect a known one: enabled; its history, and what is not given, kept."""
        if not _SLUG.fullmatch(business_id):
            raise InvalidBusiness(
                "A business's slug is 1 to 63 of a-z, 0-9, - and _, and begins with a letter or digit, such as acme-shop"
            )
        values = self._columns(business_id, project_id=project_id, token=token, name=name) | _ENABLED
        with self._state.write() as connection:
            if not connection.scalar(sa.select(sa.exists().where(business_config.c.business_id == business_id))):
                born = {"name": business_id, "kept_query_parameters": [], "created_at": values["updated_at"]}
                connection.execute(sa.insert(business_config).values(business_id=business_id, **(born | values)))
            return _change(connection, business_id, values)

    def update(
        self,
        business_id: str,
        *,
        project_id: str | None = None,
        token: Token | None = None,
        name: str | None = None,
        kept_query_parameters: tuple[str, ...] | None = None,
        keep_path_ids: bool | None = None,
    ) -> Business:
        """Change what is given. A new token ends a disable that only a token can end (rejected, disconnected), and no other."""
        values = self._columns(business_id, project_id=project_id, token=token, name=name)
        if kept_query_parameters is not None:
            values["kept_query_parameters"] = sorted({each.strip() for each in kept_query_parameters} - {""})
        if keep_path_ids is not None:
            values["keep_path_ids"] = keep_path_ids
        with self._state.write() as connection:
            if token is not None and _get(connection, business_id).disabled_reason in _CURED_BY_A_TOKEN:
                values |= _ENABLED
            return _change(connection, business_id, values)

    def enable(self, business_id: str) -> Business:
        """Let it be synced again; refused without a token, since every lane of every day would fail."""
        with self._state.write() as connection:
            if not _get(connection, business_id).token_stored:
                raise _token_missing(business_id)
            return _change(connection, business_id, _ENABLED | {"updated_at": self._clock()})

    def disable(self, business_id: str, *, reason: str = PAUSED) -> Business:
        """Stop syncing it; one that is disabled already keeps its reason, so that a pause does not hide a rejected token."""
        with self._state.write() as connection:
            business = _get(connection, business_id)
            return self._switch_off(connection, business_id, reason) if business.enabled else business

    def reject(self, business_id: str, token: Token) -> Business:
        """Disable after a 401 or 403 to `token`; an answer that comes late, when `token` was replaced, changes nothing."""
        with self._state.write() as connection:
            business = _get(connection, business_id)
            if not (business.enabled and business.token_stored):
                return business
            stored = self._open(connection, business_id)
            if self._secrets.fingerprint(stored.reveal()) != self._secrets.fingerprint(token.reveal()):
                return business
            return self._switch_off(connection, business_id, TOKEN_REJECTED)

    def disconnect(self, business_id: str) -> Business:
        """Forget the token and stop; jobs, answers and rows are kept."""
        with self._state.write() as connection:
            return self._switch_off(connection, business_id, DISCONNECTED, **dict.fromkeys(_OF_THE_TOKEN))

    def get(self, business_id: str) -> Business:
        """One business; `UnknownBusiness` names the known ones."""
        with self._state.read() as connection:
            return _get(connection, business_id)

    def all(self) -> list[Business]:
        """Every business ever connected, by slug."""
        with self._state.read() as connection:
            return [_business(row) for row in connection.execute(sa.select(business_config).order_by(_c.business_id)).mappings()]

    def enabled(self) -> list[Business]:
        """Those that are synced, by slug."""
        return [business for business in self.all() if business.enabled]

    def shares_quota_with(self, business_id: str) -> tuple[str, ...]:
        """The other businesses whose token is of the same project: all of them live on one project's ten calls a day."""
        mine = sa.select(_c.quota_key).where(_c.business_id == business_id).scalar_subquery()
        others = sa.select(_c.business_id).where(_c.quota_key == mine, _c.business_id != business_id).order_by(_c.business_id)
        with self._state.read() as connection:
            return tuple(connection.scalars(others))

    def credentials(self, business_id: str) -> tuple[str, Token]:
        """Quota key and token, for `capture` alone; `TokenMissing` after a disconnect, `SecretUnreadable` under a wrong key.

        Read together, so that a token which is replaced meanwhile is never charged to the other project's ledger.
        """
        with self._state.read() as connection:
            token = self._open(connection, business_id)
            quota_key = _get(connection, business_id).quota_key
        if quota_key is None:
            raise _token_missing(business_id)
        return quota_key, token

    def _columns(self, business_id: str, *, project_id: str | None, token: Token | None, name: str | None) -> dict[str, Any]:
        """Checked values of what is given, and the time of the change."""
        now = self._clock()
        values: dict[str, Any] = {"updated_at": now}
        if project_id is not None:
            values["project_id"] = project_id.strip()
            if not _PROJECT_ID.fullmatch(values["project_id"]):
                raise InvalidBusiness(
                    "A project ID is 6 to 20 letters and digits; it stands in the address of the project:"
                    " https://clarity.microsoft.com/projects/view/<project ID>"
                )
        if name is not None and name.strip():
            values["name"] = " ".join(name.split())
        if token is not None:
            claims = read_claims(token)
            whose = f"sub:{claims.subject}" if claims.subject else f"token:{token.reveal()}"
            values["quota_key"] = self._secrets.fingerprint(whose)
            values["token_ciphertext"] = self._secrets.seal(token, business_id=business_id, field="token")
            values["token_expires_at"] = claims.expires_at
            values["token_stored_at"] = now
        return values

    def _open(self, connection: sa.Connection, business_id: str) -> Token:
        _get(connection, business_id)
        ciphertext = connection.scalar(sa.select(_c.token_ciphertext).where(_c.business_id == business_id))
        if ciphertext is None:
            raise _token_missing(business_id)
        return self._secrets.open(ciphertext, business_id=business_id, field="token")

    def _switch_off(self, connection: sa.Connection, business_id: str, reason: str, **values: None) -> Business:
        off = {"enabled": False, "disabled_reason": reason, "updated_at": self._clock()}
        return _change(connection, business_id, off | values)


def _get(connection: sa.Connection, business_id: str) -> Business:
    row = connection.execute(sa.select(business_config).where(_c.business_id == business_id)).mappings().one_or_none()
    if row is not None:
        return _business(row)
    known = connection.scalars(sa.select(_c.business_id).order_by(_c.business_id).limit(10)).all()
    # A text that is no slug is not repeated: people paste tokens into the wrong place.
    named = f"named {business_id}" if _SLUG.fullmatch(business_id) else "of that name"
    raise UnknownBusiness(
        f"There is no business {named}; there is {', '.join(known) or 'none yet'}:"
        " see `clarity-pipeline status`, or `clarity-pipeline connect` it first"
    )


def _change(connection: sa.Connection, business_id: str, values: dict[str, Any]) -> Business:
    connection.execute(sa.update(business_config).where(_c.business_id == business_id).values(**values))
    return _get(connection, business_id)


def _business(row: sa.RowMapping) -> Business:
    columns: dict[str, Any] = dict(row)
    columns["token_stored"] = columns.pop("token_ciphertext") is not None
    columns["kept_query_parameters"] = tuple(columns["kept_query_parameters"])
    return Business(**columns)


def _token_missing(business_id: str) -> TokenMissing:
    return TokenMissing(f"{business_id} has no token: reconnect it with `clarity-pipeline connect {business_id}`")
