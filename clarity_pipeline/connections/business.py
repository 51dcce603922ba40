"""A business as it is stored: one row, without its secret, and the ways to read it within somebody's transaction.

Called by `connections` and `site_store`, which alone change it, and by `status`. Everybody else has a `Business` handed to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit import Actor, hint_of, note_change
from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.connections.site import Site
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.normalize.page_identity import PLAIN, PageIdentity
from clarity_pipeline.state.schema.connections import business_config

PAUSED = "paused"
TOKEN_REJECTED = "token_rejected"  # noqa: S105 - a reason, not a token
DISCONNECTED = "disconnected"
WITHOUT_CLARITY = "without_clarity"

_c = business_config.c
_COLUMNS = tuple(column.name for column in business_config.columns)


class UnknownBusiness(ClarityPipelineError):
    """No business has that slug."""

    reason = "unknown_business"


class TokenMissing(ClarityPipelineError):
    """The business has no token: it was disconnected."""

    reason = "token_missing"


@dataclass(frozen=True, slots=True)
class Business:
    """A business as stored, without its secret; `quota_key` is None once disconnected, `disabled_reason` None while enabled.

    `totals` and `back_off` are its two switches: a fifth call a day, and fewer dimensions while lanes are cut. `connected_at` is
    when its first token was stored; it and `project_id` are None for a business that has imports alone. `currency` and
    `time_zone` are those of its ad accounts, where a file does not say: ISO 4217 and IANA.
    """

    business_id: str
    name: str
    project_id: str | None
    quota_key: str | None
    token_stored: bool
    token_expires_at: datetime | None
    token_stored_at: datetime | None
    token_fingerprint: str | None
    enabled: bool
    enabled_at: datetime | None
    disabled_reason: str | None
    shared_allowed: bool
    kept_query_parameters: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    keep_path_ids: bool
    totals: bool
    back_off: bool
    connected_at: datetime | None = None
    site: Site | None = None
    currency: str | None = None
    time_zone: str | None = None
    page_settings: PageIdentity = PLAIN

    @property
    def pages(self) -> PageIdentity:
        """What it means by a page: its settings, the two that have columns of their own, and the hosts of its site."""
        return replace(
            self.page_settings,
            kept_parameters=frozenset(self.kept_query_parameters),
            keep_path_ids=self.keep_path_ids,
            site_hosts=self.site.hosts if self.site else (),
        )

    @property
    def has_imports_alone(self) -> bool:
        """Whether it is meant to have no Clarity project."""
        return self.disabled_reason == WITHOUT_CLARITY

    @property
    def is_evaluated(self) -> bool:
        """Whether rules are asked about it when nobody says: enabled, its token rejected (a rule may say so), or imports."""
        return self.enabled or self.disabled_reason in {TOKEN_REJECTED, WITHOUT_CLARITY}

    @property
    def token_hint(self) -> str | None:
        """The last four characters of the token's fingerprint: all of a token that is ever shown."""
        return hint_of(self.token_fingerprint)


def business_of(row: sa.RowMapping) -> Business:
    """The business of a row of its table; columns that are not of it are left out."""
    columns: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    columns["token_stored"] = columns.pop("token_ciphertext") is not None
    columns["kept_query_parameters"] = tuple(columns["kept_query_parameters"])
    columns["project_id"] = columns["project_id"] or None
    columns["site"] = Site.stored(columns["site"])
    columns["page_settings"] = PageIdentity.stored(columns["page_settings"])
    return Business(**columns)


def known_businesses(connection: sa.Connection) -> list[Business]:
    """Every business ever connected, by slug."""
    return [business_of(row) for row in connection.execute(sa.select(business_config).order_by(_c.business_id)).mappings()]


def find_row(connection: sa.Connection, business_id: str) -> sa.RowMapping | None:
    """Its row, None when there is none."""
    return connection.execute(sa.select(business_config).where(_c.business_id == business_id)).mappings().one_or_none()


def row_of(connection: sa.Connection, business_id: str) -> sa.RowMapping:
    """Its row; `UnknownBusiness` names the known ones."""
    row = find_row(connection, business_id)
    if row is None:
        raise unknown_business(connection, business_id)
    return row


def insert_row(connection: sa.Connection, business_id: str, values: Mapping[str, Any]) -> None:
    """A row for a new business, off until the change that follows says what it is."""
    born = {"name": business_id, "created_at": values["updated_at"], "kept_query_parameters": [], "enabled": False}
    of_people = {name: values[name] for name in ("name", "project_id", "updated_at") if name in values}
    connection.execute(sa.insert(business_config).values(business_id=business_id, **(born | of_people)))


def change_row(
    connection: sa.Connection,
    business_id: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    shares_with: tuple[str, ...] = (),
) -> Business:
    """The one statement that changes a business, and what the audit log says of it."""
    before = row_of(connection, business_id)
    connection.execute(sa.update(business_config).where(_c.business_id == business_id).values(**values))
    after = row_of(connection, business_id)
    note_change(connection, before, after, actor=actor, shares_with=shares_with)
    return business_of(after)


def unknown_business(connection: sa.Connection, business_id: str) -> UnknownBusiness:
    """Says which ones there are; a text that is no slug is not repeated: people paste tokens into the wrong place."""
    known = connection.scalars(sa.select(_c.business_id).order_by(_c.business_id).limit(10)).all()
    named = f"named {business_id}" if is_slug(business_id) else "of that name"
    return UnknownBusiness(
        f"There is no business {named}; there is {', '.join(known) or 'none yet'}:"
        " see `clarity-pipeline status`, or `clarity-pipeline connect` it first"
    )


def token_missing(business_id: str, *, has_imports_alone: bool = False) -> TokenMissing:
    """The refusal of what needs a token."""
    if has_imports_alone:
        return TokenMissing(
            f"{business_id} has no Clarity project, imports only:"
            f" `clarity-pipeline connect {business_id} --project-id ID` gives it one"
        )
    return TokenMissing(f"{business_id} has no token: reconnect it with `clarity-pipeline connect {business_id}`")
