"""Businesses of one Clarity project, which live on its ten calls a day together: refused unless somebody says that it is meant.

Called by `connections`, in its transactions.
"""

from typing import Any

import sqlalchemy as sa

from clarity_pipeline.clarity.names import some_of
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.state.schema.connections import business_config

_c = business_config.c


class SharedProject(ClarityPipelineError):
    """The token is of a project that another business is connected to; nothing was stored.

    The message names the `others`: a page for a client must word it anew.
    """

    reason = "shared_project"
    field = "token"

    def __init__(self, message: str, *, others: tuple[str, ...]) -> None:
        super().__init__(message)
        self.others = others


def _refusal(others: tuple[str, ...]) -> SharedProject:
    """The refusal of a project that the `others` are connected to already."""
    named = some_of(others)
    return SharedProject(
        f"The token is of the Clarity project that is connected as {named} already, and both would live on its ten calls a day;"
        " use a token of this business's own project, or say that it is meant with --allow-shared",
        others=others,
    )


def shared_with(
    connection: sa.Connection,
    business_id: str,
    stored: sa.RowMapping | None,
    values: dict[str, Any],
    *,
    allow_shared: bool,
) -> tuple[str, ...]:
    """Who else is of the project of a new token; refused unless it is allowed, or was so before. Notes it in `values`."""
    if "quota_key" not in values:
        return ()
    others = others_on(connection, business_id, values["quota_key"])
    known = stored is not None and stored["quota_key"] == values["quota_key"]
    if others and not (allow_shared or known):
        raise _refusal(others)
    values["shared_allowed"] = bool(others) and (allow_shared or (stored is not None and bool(stored["shared_allowed"])))
    return others


def others_on(connection: sa.Connection, business_id: str, quota_key: str | None) -> tuple[str, ...]:
    """The other businesses that live on these ten calls a day."""
    if quota_key is None:
        return ()
    return tuple(connection.scalars(_others(business_id).where(_c.quota_key == quota_key)))


def others_with_project(connection: sa.Connection, business_id: str, project_id: str | None) -> tuple[str, ...]:
    """The other connected businesses that were given this project ID."""
    return tuple(connection.scalars(_others(business_id).where(_c.project_id == project_id, _c.token_ciphertext.is_not(None))))


def _others(business_id: str) -> sa.Select[tuple[str]]:
    return sa.select(_c.business_id).where(_c.business_id != business_id).order_by(_c.business_id)
