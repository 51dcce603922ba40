"""The state of a back-up that goes into a Postgres: into none that holds rows, but for those of the same restore, killed before.

Called by `restore`. The database that is being filled is named in the folder that is unpacked into, before its first row.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.upkeep.backup.archive import write_private
from clarity_pipeline.upkeep.backup.back_up import STATE, sqlite_file
from clarity_pipeline.upkeep.backup.state_copy import copy_state, holds_rows

FILLED = "filled"
"""The file that names it, without a password."""


class HomeTaken(ClarityPipelineError):
    """The home holds something already."""

    reason = "target_exists"


def _named(address: str) -> str:
    """A database without the password."""
    return sa.make_url(address).set(password=None).render_as_string()


def server(settings: Settings, facts: dict[str, Any]) -> str | None:
    """Where the state is to go, if that is a Postgres; an earlier release left it to `pg_restore`."""
    return settings.database_url if facts["state"] == STATE and sqlite_file(settings) is None else None


def refuse_rows(address: str) -> None:
    """Raise `HomeTaken` where the database holds any."""
    state = StateDatabase(address)
    try:
        state.migrate()
        if holds_rows(state):
            raise HomeTaken(
                "the database of CLARITY_STATE_URL holds rows already, and nothing is overwritten: name one that is empty"
            )
    finally:
        state.dispose()


def to_server(file: Path, address: str) -> None:
    """Put the state into the Postgres, in one transaction, in which a restore that was killed may have put it before."""
    ours, theirs = StateDatabase(f"sqlite:///{file}"), StateDatabase(address)
    try:
        theirs.migrate()
        copy_state(ours, theirs)
    finally:
        ours.dispose()
        theirs.dispose()
    for path in file.parent.glob(f"{STATE}*"):
        path.unlink()


def note_filled(stage: Path, address: str) -> None:
    """Name the database, before anything is put into it."""
    (stage / FILLED).unlink(missing_ok=True)
    write_private(stage / FILLED, BytesIO(_named(address).encode()), below=stage)


def is_begun(stage: Path, address: str) -> bool:
    """Whether a restore that was killed had begun to fill this very database."""
    marker = stage / FILLED
    return marker.exists() and marker.read_text(encoding="utf-8") == _named(address)
