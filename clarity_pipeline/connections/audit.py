"""Who did what to a connection or an account of the panel, when: a row a change, written in the transaction that makes it.

Written by `connections` (which has it compare the row before with the row after, so that no change can go unlogged), by the test
of a token, by the rotation of keys, by the stores of rules and of channels, and by the panel's accounts, invites and sign-ins;
read by the command line and the panel. An entry is never changed, and none is removed but those of sign-ins and of
letters to accounts, after 400 days. Its
detail is an allow-list: names of fields, counts, codes, slugs, ids of rules, the last four characters of a fingerprint, of an
account its e-mail address, by which actors are named, and of a sign-in the shortened network and the kind of browser.
Never a token, a key, a password, a link or another value that somebody typed.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit_sentences import Action, sentence
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import audit_log

Actor = str
"""Who did it: `cli:<os user>`, `panel:<account>`, `portal:<account>`, `key:<prefix>` of a program, or `pipeline` where
nobody did."""

PIPELINE: Actor = "pipeline"

OF_SIGN_INS: tuple[Action, ...] = ("signed_in", "sign_in_failed", "signed_out", "letter_sent")
"""Noted at sign-ins, and kept for SIGN_INS_KEPT; all else stays."""

SIGN_INS_KEPT = timedelta(days=400)

HINT_LETTERS = 4
"""Of a token's fingerprint, what people may see: enough to tell two tokens apart, nothing to guess one from."""

_NAMED_FIELDS = (
    "name", "project_id", "kept_query_parameters", "keep_path_ids", "page_settings", "totals", "back_off", "site",
    "currency", "time_zone",
)  # fmt: skip
_OFF: Mapping[str, Action] = {"token_rejected": "rejected", "disconnected": "disconnected"}
_LONGEST_ACTOR = 200
_c = audit_log.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done; `business_id` is None where it concerns the whole installation."""

    entry_id: int
    at: datetime
    business_id: str | None
    actor: Actor
    action: Action
    detail: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """What `audit --json` shows of it; the instant is still an object."""
        return {"at": self.at, "business": self.business_id, "actor": self.actor, "action": self.action, "detail": self.detail}

    @property
    def sentence(self) -> str:
        """What was done, for people: "replaced the token (fingerprint 3f9a)"."""
        return sentence(self.action, self.detail)


class AuditLog:
    """The entries of one state database."""

    def __init__(self, state: StateDatabase) -> None:
        self._state = state

    def entries(self, business_id: str | None = None, *, before: int | None = None, limit: int = 100) -> list[Entry]:
        """The newest `limit` entries, newest first; of one business, or of all and the installation itself.

        With `before` only entries with a smaller number.
        """
        query = sa.select(audit_log).order_by(_c.entry_id.desc()).limit(limit)
        if before is not None:
            query = query.where(_c.entry_id < before)
        if business_id is not None:
            query = query.where(_c.business_id == business_id)
        with self._state.read() as connection:
            return [Entry(**row) for row in connection.execute(query).mappings()]

    def found(
        self,
        *,
        actors: Collection[str] = (),
        business_id: str | None = None,
        is_of_installation: bool = False,
        actions: Collection[Action] = (),
        before: int | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """The newest `limit` entries of all, or of what is given, newest first.

        An actor that ends in a colon stands for all that begin so (`cli:`); `is_of_installation`: what concerns no business.
        """
        query = sa.select(audit_log).order_by(_c.entry_id.desc()).limit(limit)
        if actors:
            query = query.where(sa.or_(*map(_is_by, actors)))
        if actions:
            query = query.where(_c.action.in_(list(actions)))
        if is_of_installation:
            query = query.where(_c.business_id.is_(None))
        if business_id is not None:
            query = query.where(_c.business_id == business_id)
        if before is not None:
            query = query.where(_c.entry_id < before)
        with self._state.read() as connection:
            return [Entry(**row) for row in connection.execute(query).mappings()]


def _is_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Not by a range: what stands between two texts depends on the database's collation, which may pass over a colon."""
    return _c.actor.startswith(actor, autoescape=True) if actor.endswith(":") else _c.actor == actor


def forget_old_sign_ins(connection: sa.Connection, *, now: datetime) -> None:
    """Remove the entries of sign-ins that are older than SIGN_INS_KEPT, in the caller's transaction."""
    connection.execute(sa.delete(audit_log).where(_c.action.in_(OF_SIGN_INS), _c.at < now - SIGN_INS_KEPT))


def note(
    connection: sa.Connection, action: Action, *, at: datetime, business_id: str | None, actor: Actor, **detail: Any
) -> None:
    """Write one entry in the caller's transaction; what is None of the detail is left out."""
    known = {name: value for name, value in detail.items() if value is not None}
    who = " ".join(actor.split())[:_LONGEST_ACTOR]
    connection.execute(sa.insert(audit_log).values(at=at, business_id=business_id, actor=who, action=action, detail=known))


def note_change(
    connection: sa.Connection, before: sa.RowMapping, after: sa.RowMapping, *, actor: Actor, shares_with: tuple[str, ...] = ()
) -> None:
    """Write what differs between two states of a business's row: nothing when nothing does."""
    for action, detail in _differences(before, after, shares_with=shares_with):
        note(connection, action, at=after["updated_at"], business_id=after["business_id"], actor=actor, **detail)


def hint_of(fingerprint: str | None) -> str | None:
    """The part of a token's fingerprint that people may see."""
    return fingerprint[-HINT_LETTERS:] if fingerprint else None


def _differences(
    before: sa.RowMapping, after: sa.RowMapping, *, shares_with: tuple[str, ...]
) -> Iterator[tuple[Action, dict[str, Any]]]:
    had, has = before["token_ciphertext"] is not None, after["token_ciphertext"] is not None
    token = {"token": hint_of(after["token_fingerprint"]), "expires_at": _iso(after["token_expires_at"])}
    if has and not had:
        yield "connected", token
    elif has and before["token_ciphertext"] != after["token_ciphertext"]:
        same = before["token_fingerprint"] == after["token_fingerprint"]
        yield "token_replaced", {**token, "same": True if same else None}
    if fields := [name for name in _NAMED_FIELDS if before[name] != after[name]]:
        yield "updated", {"fields": fields}
    if after["shared_allowed"] and shares_with and not (before["shared_allowed"] and before["quota_key"] == after["quota_key"]):
        yield "shared_allowed", {"with": list(shares_with)}
    if had and not has:
        yield "disconnected", {}
    elif before["enabled"] and not after["enabled"]:
        yield _OFF.get(after["disabled_reason"], "paused"), {"token": hint_of(after["token_fingerprint"])}
    elif had and after["enabled"] and not before["enabled"]:
        yield "enabled", {}


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
