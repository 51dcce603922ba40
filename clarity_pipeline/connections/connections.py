"""Who is synced: one row a business, with its project, its sealed token, and whether and why it is switched off.

Called by `home`, which hands it to command line, panel and orchestration, and by `one_call`, the only caller of `credentials`.
Every change says who makes it, and is written to the audit log in its own transaction. Nothing here calls Clarity, deletes a
business or forgets its history, or lets a token out but through `credentials`.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.clarity.token import Token, read_claims
from clarity_pipeline.connections.audit import PIPELINE, Actor, hint_of, note
from clarity_pipeline.connections.business import (
    DISCONNECTED,
    PAUSED,
    TOKEN_REJECTED,
    WITHOUT_CLARITY,
    Business,
    business_of,
    change_row,
    find_row,
    insert_row,
    known_businesses,
    row_of,
    token_missing,
)
from clarity_pipeline.connections.credentials import (
    TOKEN_WAS_REJECTED,
    Hint,
    InvalidBusiness,
    InvalidProjectId,
    checked_currency,
    checked_name,
    checked_project_id,
    checked_slug,
    checked_time_zone,
    hints_of_claims,
    project_id_elsewhere,
    project_is_shared,
)
from clarity_pipeline.connections.grid import keep_grid_start
from clarity_pipeline.connections.secrets import SecretBox
from clarity_pipeline.connections.sharing import others_on, others_with_project, shared_with
from clarity_pipeline.connections.site import site_values
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config

_CURED_BY_A_TOKEN = {TOKEN_REJECTED, DISCONNECTED, WITHOUT_CLARITY}
_OF_THE_TOKEN = ("quota_key", "token_ciphertext", "token_fingerprint", "token_expires_at", "token_stored_at")
_c = business_config.c


@each_method_again
class Connections:
    """The businesses of one state database. Every change is one locked transaction and gives the row as it is afterwards."""

    def __init__(self, state: StateDatabase, *, secrets: SecretBox, clock: Clock) -> None:
        self._state = state
        self._secrets = secrets
        self._clock = clock

    def check(
        self, business_id: str, *, project_id: str | None = None, token: Token | None = None, allow_shared: bool = False
    ) -> tuple[Hint, ...]:
        """What can be known of credentials without a call and before they are stored, for a new business or a known one.

        Raises what `connect` and `update` would (`InvalidBusiness`, `SharedProject`); gives the hints, which stop nobody.
        """
        checked_slug(business_id)
        values = self._columns(project_id=project_id, token=token, name=None)
        with self._state.read() as connection:
            stored = find_row(connection, business_id)
            hints = [] if token is None else [*hints_of_claims(read_claims(token), now=self._clock())]
            same = stored is not None and stored["token_fingerprint"] == values.get("token_fingerprint")
            if stored is not None and same and stored["disabled_reason"] == TOKEN_REJECTED:
                hints.append(TOKEN_WAS_REJECTED)
            if others := shared_with(connection, business_id, stored, values, allow_shared=allow_shared):
                hints.append(project_is_shared(others))
            elif others := others_with_project(connection, business_id, values.get("project_id")):
                hints.append(project_id_elsewhere(others))
        return tuple(hints)

    def connect(
        self,
        business_id: str,
        *,
        project_id: str,
        token: Token,
        name: str | None = None,
        site: tuple[str, ...] | None = None,
        allow_shared: bool = False,
        actor: Actor = PIPELINE,
    ) -> Business:
        """Store a new business, or connect a known one: enabled; its history, and what is not given, kept.

        `site` are hosts of `site.checked_hosts`; without them the first answers tell.
        Raises `InvalidBusiness`, and `SharedProject` unless `allow_shared`.
        """
        checked_slug(business_id)
        values = self._columns(project_id=project_id, token=token, name=name)
        with self._state.write() as connection:
            stored = find_row(connection, business_id)
            others = shared_with(connection, business_id, stored, values, allow_shared=allow_shared)
            keep_grid_start(connection, now=values["updated_at"])
            if stored is None:
                insert_row(connection, business_id, values)
            if site is not None:
                values |= site_values(stored, site, now=values["updated_at"])
            return self._change(connection, business_id, values | self._on(), token=token, actor=actor, shares_with=others)

    def add_without_clarity(self, business_id: str, *, name: str | None = None, actor: Actor = PIPELINE) -> Business:
        """Store a business that has no Clarity project: its imports are judged, nothing is fetched, and `connect` ends that.

        One that was disconnected becomes such a one, its history kept. Raises `InvalidBusiness`, also while a token is stored.
        """
        checked_slug(business_id)
        values = self._columns(project_id=None, token=None, name=name) | {"project_id": ""}
        with self._state.write() as connection:
            stored = find_row(connection, business_id)
            if stored is not None and stored["token_ciphertext"] is not None:
                raise InvalidBusiness(
                    f"{business_id} has a Clarity project; if it is to have none,"
                    f" `clarity-pipeline disconnect {business_id}` first"
                )
            if stored is None:
                insert_row(connection, business_id, values)
            if stored is None or stored["disabled_reason"] != WITHOUT_CLARITY:
                note(connection, "added", at=values["updated_at"], business_id=business_id, actor=actor)
            return self._change(connection, business_id, values | {"disabled_reason": WITHOUT_CLARITY}, actor=actor)

    def update(
        self,
        business_id: str,
        *,
        project_id: str | None = None,
        token: Token | None = None,
        name: str | None = None,
        kept_query_parameters: tuple[str, ...] | None = None,
        keep_path_ids: bool | None = None,
        totals: bool | None = None,
        back_off: bool | None = None,
        currency: str | None = None,
        time_zone: str | None = None,
        allow_shared: bool = False,
        unless: Callable[[Business], None] | None = None,
        actor: Actor = PIPELINE,
    ) -> Business:
        """Change what is given. A new token ends a disable that only a token can end (rejected, disconnected), and no other.

        `currency` and `time_zone` are of its ad accounts; `none` takes either back. `unless` sees it as it is stored, in the same
        transaction, and may raise.

        Raises `InvalidBusiness`, and `SharedProject` unless `allow_shared`.
        """
        values = self._columns(project_id=project_id, token=token, name=name)
        if kept_query_parameters is not None:
            values["kept_query_parameters"] = sorted({each.strip() for each in kept_query_parameters} - {""})
        switches = {"keep_path_ids": keep_path_ids, "totals": totals, "back_off": back_off}
        values |= {name: switch for name, switch in switches.items() if switch is not None}
        values |= {} if currency is None else {"currency": checked_currency(currency)}
        values |= {} if time_zone is None else {"time_zone": checked_time_zone(time_zone)}
        with self._state.write() as connection:
            stored = row_of(connection, business_id)
            if unless is not None:
                unless(business_of(stored))
            others = shared_with(connection, business_id, stored, values, allow_shared=allow_shared)
            if token is not None and not values.get("project_id", stored["project_id"]):
                raise InvalidProjectId(f"{business_id} has no Clarity project yet; give the project ID with its token")
            if token is not None and stored["disabled_reason"] in _CURED_BY_A_TOKEN:
                values |= self._on()
            return self._change(connection, business_id, values, token=token, actor=actor, shares_with=others)

    def enable(self, business_id: str, *, actor: Actor = PIPELINE) -> Business:
        """Let it be synced again; refused without a token, since every lane of every day would fail."""
        with self._state.write() as connection:
            stored = row_of(connection, business_id)
            if stored["token_ciphertext"] is None:
                raise token_missing(business_id, has_imports_alone=stored["disabled_reason"] == WITHOUT_CLARITY)
            if stored["enabled"]:
                return business_of(stored)
            return self._change(connection, business_id, self._on() | {"updated_at": self._clock()}, actor=actor)

    def disable(self, business_id: str, *, reason: str = PAUSED, actor: Actor = PIPELINE) -> Business:
        """Stop syncing it; one that is disabled already keeps its reason, so that a pause does not hide a rejected token."""
        with self._state.write() as connection:
            business = business_of(row_of(connection, business_id))
            return self._switch_off(connection, business_id, reason, actor=actor) if business.enabled else business

    def reject(self, business_id: str, token: Token) -> Business:
        """Disable after a 401 or 403 to `token`; an answer that comes late, when `token` was replaced, changes nothing."""
        with self._state.write() as connection:
            business = business_of(row_of(connection, business_id))
            if not (business.enabled and business.token_stored):
                return business
            stored = self._open(connection, business_id)
            if self._secrets.fingerprint(stored.reveal()) != self._secrets.fingerprint(token.reveal()):
                return business
            return self._switch_off(connection, business_id, TOKEN_REJECTED, actor=PIPELINE)

    def disconnect(self, business_id: str, *, actor: Actor = PIPELINE) -> Business:
        """Forget the token and stop; jobs, answers and rows are kept. One without a Clarity project stays as it is."""
        with self._state.write() as connection:
            business = business_of(row_of(connection, business_id))
            if business.has_imports_alone:
                return business
            gone: dict[str, Any] = {**dict.fromkeys(_OF_THE_TOKEN), "shared_allowed": False}
            return self._switch_off(connection, business_id, DISCONNECTED, actor=actor, **gone)

    def note_test(self, business_id: str, *, actor: Actor, **result: str | int | None) -> None:
        """Write to the audit log what came of a test; nothing of the business changes."""
        with self._state.write() as connection:
            note(connection, "tested", at=self._clock(), business_id=business_id, actor=actor, **result)

    def get(self, business_id: str) -> Business:
        """One business; `UnknownBusiness` names the known ones."""
        with self._state.read() as connection:
            return business_of(row_of(connection, business_id))

    def all(self) -> list[Business]:
        """Every business, by slug."""
        with self._state.read() as connection:
            return known_businesses(connection)

    def enabled(self) -> list[Business]:
        """Those that are synced, by slug."""
        return [business for business in self.all() if business.enabled]

    def shares_quota_with(self, business_id: str) -> tuple[str, ...]:
        """The other businesses whose token is of the same project: all of them live on one project's ten calls a day."""
        with self._state.read() as connection:
            quota_key = connection.scalar(sa.select(_c.quota_key).where(_c.business_id == business_id))
            return others_on(connection, business_id, quota_key)

    def credentials(self, business_id: str) -> tuple[str, Token]:
        """Quota key and token, for `capture` alone; `TokenMissing` after a disconnect, `SecretUnreadable` under a wrong key.

        Read together, so that a token which is replaced meanwhile is never charged to the other project's ledger.
        """
        with self._state.read() as connection:
            token = self._open(connection, business_id)
            quota_key = business_of(row_of(connection, business_id)).quota_key
        if quota_key is None:
            raise token_missing(business_id)
        return quota_key, token

    def hint(self, token: Token) -> str | None:
        """The last four characters of a token's fingerprint, which tell two tokens apart."""
        return hint_of(self._secrets.fingerprint(token.reveal()))

    def _columns(self, *, project_id: str | None, token: Token | None, name: str | None) -> dict[str, Any]:
        """Checked values of what is given, and the time of the change."""
        now = self._clock()
        values: dict[str, Any] = {"updated_at": now}
        if project_id is not None:
            values["project_id"] = checked_project_id(project_id)
        if name is not None and name.strip():
            values["name"] = checked_name(name)
        if token is not None:
            claims = read_claims(token)
            whose = f"sub:{claims.subject}" if claims.subject else f"token:{token.reveal()}"
            values["quota_key"] = self._secrets.fingerprint(whose)
            values["token_fingerprint"] = self._secrets.fingerprint(token.reveal())
            values["token_expires_at"] = claims.expires_at
            values["token_stored_at"] = now
        return values

    def _on(self) -> dict[str, Any]:
        return {"enabled": True, "enabled_at": self._clock(), "disabled_reason": None}

    def _switch_off(self, connection: sa.Connection, business_id: str, reason: str, *, actor: Actor, **values: Any) -> Business:
        off = {"enabled": False, "enabled_at": None, "disabled_reason": reason, "updated_at": self._clock()}
        return self._change(connection, business_id, off | values, actor=actor)

    def _change(
        self,
        connection: sa.Connection,
        business_id: str,
        values: dict[str, Any],
        *,
        actor: Actor,
        token: Token | None = None,
        shares_with: tuple[str, ...] = (),
    ) -> Business:
        """Change its row, with the token sealed where one is given."""
        if token is not None:
            values = values | {"token_ciphertext": self._secrets.seal(token, business_id=business_id, field="token")}
            if row_of(connection, business_id)["connected_at"] is None:
                values |= {"connected_at": values["token_stored_at"]}
        return change_row(connection, business_id, values, actor=actor, shares_with=shares_with)

    def _open(self, connection: sa.Connection, business_id: str) -> Token:
        stored = row_of(connection, business_id)
        ciphertext = stored["token_ciphertext"]
        if ciphertext is None:
            raise token_missing(business_id, has_imports_alone=stored["disabled_reason"] == WITHOUT_CLARITY)
        return self._secrets.open(ciphertext, business_id=business_id, field="token")
