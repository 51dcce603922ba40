"""A new encryption key for every stored secret, proved before the old one is let go (`docs/design.md#secrets`).

Called by `secrets rotate`, and for its check by `secrets check` and `doctor`. Others have called a rotation done that had changed
nothing (a key bound at import, the same key twice); here it is done when each secret has opened with the new key alone, in a
transaction that nobody can seal into. A process killed anywhere in here leaves secrets that open with the keys that are there,
and the next run goes on. Fingerprints have another key, so that every ledger of ten calls goes on as it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import sqlalchemy as sa

from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.connections.key_files import KeyFile
from clarity_pipeline.connections.secrets import Field, SecretBox, SecretUnreadable
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.settings.settings import Clock, Settings
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import channels
from clarity_pipeline.state.schema.panel import panel_second_factors

_NAMED_AT_MOST = 5


class SameKey(ClarityPipelineError):
    """There is nothing to rotate to."""

    reason = "same_key"


class RotationRunning(ClarityPipelineError):
    """Another process is rotating the keys of this installation."""

    reason = "rotation_running"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """Where secrets lie: a column of ciphertexts, what they were sealed as, and the column that says whose they are.

    `fingerprint` is the column beside it that holds the secret's fingerprint, where there is one; `called` is how people
    know the owner.
    """

    table: sa.Table
    column: str
    field: Field
    owner: str
    fingerprint: str | None = None
    called: str = "{}"


SEALED = (
    SealedColumn(business_config, "token_ciphertext", "token", owner="business_id", fingerprint="token_fingerprint"),
    SealedColumn(channels, "config_ciphertext", "channel", owner="channel_id", called="channel {}"),
    SealedColumn(panel_second_factors, "secret_ciphertext", "second_factor", owner="user_id", called="user {}"),
)
"""Every place of a secret: whoever adds one adds it here, and it is rotated and checked like the others."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets there are, how many of them this run sealed anew, and whether a key file was changed."""

    secrets: int
    sealed_anew: int
    key_file: Path | None

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"secrets": self.secrets, "sealed_anew": self.sealed_anew, "open_with_the_new_key_alone": self.secrets}


@dataclass(frozen=True, slots=True)
class Secret:
    """One stored ciphertext, and whose it is."""

    place: SealedColumn
    owner: str
    ciphertext: str
    key: tuple[Any, ...]
    """Its row's primary key."""

    @property
    def name(self) -> str:
        """Whose it is, for people: a business's slug, or `channel ops`."""
        return self.place.called.format(self.owner)


@dataclass(frozen=True, slots=True)
class Checked:
    """All secrets; those that open with no key that is there; those that open, but not with the newest key alone."""

    secrets: int
    unreadable: tuple[str, ...]
    of_an_older_key: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"secrets": self.secrets, "unreadable": list(self.unreadable), "of_an_older_key": list(self.of_an_older_key)}


def stored(state: StateDatabase) -> int:
    """How many secrets there are, whoever can open them."""
    with state.read() as connection:
        return len(list(_secrets(connection)))


def check(state: StateDatabase, box: SecretBox) -> Checked:
    """Open every secret and throw it away; owners are named."""
    newest = box.with_newest_key_alone()
    with state.read() as connection:
        found = list(_secrets(connection))
    unreadable = tuple(each.name for each in found if not _opens(each, box))
    older = tuple(each.name for each in found if each.name not in unreadable and not _opens(each, newest))
    return Checked(len(found), unreadable, older)


def rotate(state: StateDatabase, box: SecretBox, *, settings: Settings, clock: Clock, actor: Actor) -> Rotated:
    """Seal every secret with a new key, prove it, let the old key go.

    With `CLARITY_ENCRYPTION_KEYS=new,old` the new key is the first; with a key file one is made. Raises `SameKey`,
    `RotationRunning`, and `SecretUnreadable` when a secret opens with none of the keys, before anything is changed.
    """
    file = KeyFile(settings.key_file)
    given = settings.encryption_keys
    if given and len(set(given)) < 2:
        raise SameKey(
            "CLARITY_ENCRYPTION_KEYS holds one key, and a rotation to the same key changes nothing: put a new one before it"
            " (new,old; `openssl rand -base64 32 | tr '+/' '-_'` makes one), then run this again"
        )
    with _alone(settings):
        _refuse_unreadable(check(state, box))
        if not given:
            file.begin_rotation()
            failpoint("rotation_key_made")
        sealed_anew = 0
        with state.read() as connection:
            found = list(_secrets(connection))
        newest = box.with_newest_key_alone()
        for secret in found:
            if not _opens(secret, newest):
                with state.write() as connection:
                    sealed_anew += _seal_anew(connection, secret, box)
                failpoint("rotation_row_sealed")
        failpoint("rotation_all_sealed")
        with state.write() as connection:
            secrets, late = _prove(connection, box, newest)
            note(
                connection,
                "keys_rotated",
                at=clock(),
                business_id=None,
                actor=actor,
                secrets=secrets,
                sealed_anew=sealed_anew + late,
            )
        failpoint("rotation_proved")
        changed = None
        if not given:
            file.finish_rotation()
            changed = file.path
        elif file.drop_all_but(given[0]):
            changed = file.path
        failpoint("rotation_key_dropped")
    return Rotated(secrets, sealed_anew + late, changed)


def _prove(connection: sa.Connection, box: SecretBox, newest: SecretBox) -> tuple[int, int]:
    """How many secrets there are, each opened with the new key alone; and how many had to be sealed here.

    Nobody can store one meanwhile: what was sealed with the old key since the rows were gone through is caught here.
    """
    late = sum(_seal_anew(connection, each, box) for each in _secrets(connection) if not _opens(each, newest))
    found = list(_secrets(connection))
    for secret in found:
        newest.open(secret.ciphertext, business_id=secret.owner, field=secret.place.field)
    return len(found), late


def _seal_anew(connection: sa.Connection, secret: Secret, box: SecretBox) -> int:
    """1 when it was, 0 when somebody has stored another one since it was read."""
    place, opened = secret.place, box.open(secret.ciphertext, business_id=secret.owner, field=secret.place.field)
    values: dict[str, str] = {place.column: box.seal(opened, business_id=secret.owner, field=place.field)}
    if place.fingerprint is not None:
        values[place.fingerprint] = box.fingerprint(opened.reveal())
    row = [column == value for column, value in zip(place.table.primary_key.columns, secret.key, strict=True)]
    unchanged = place.table.c[place.column] == secret.ciphertext
    return connection.execute(sa.update(place.table).where(*row, unchanged).values(**values)).rowcount


def _secrets(connection: sa.Connection) -> Iterator[Secret]:
    for place in SEALED:
        primary_key = tuple(place.table.primary_key.columns)
        sealed = place.table.c[place.column]
        query = sa.select(place.table.c[place.owner], sealed, *(column.label(f"key_{n}") for n, column in enumerate(primary_key)))
        for owner, ciphertext, *key in connection.execute(query.where(sealed.is_not(None)).order_by(*primary_key)).all():
            yield Secret(place, str(owner), ciphertext, tuple(key))


def _opens(secret: Secret, box: SecretBox) -> bool:
    try:
        box.open(secret.ciphertext, business_id=secret.owner, field=secret.place.field)
    except SecretUnreadable:
        return False
    return True


def _refuse_unreadable(checked: Checked) -> None:
    if not checked.unreadable:
        return
    more = len(checked.unreadable) - _NAMED_AT_MOST
    named = ", ".join((*checked.unreadable[:_NAMED_AT_MOST], *([f"{more} more"] if more > 0 else [])))
    raise SecretUnreadable(
        f"Nothing was rotated: the stored secret of {named} does not open with the present keys, and letting the old one go would"
        " make that final; give back the key that sealed it (CLARITY_ENCRYPTION_KEYS=new,old), or `clarity-pipeline connect` or"
        " `disconnect` the business, `channels remove` the channel, `panel reset-second-factor` the user, then run this again"
    )


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    settings.locks_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        held = filelock.FileLock(settings.locks_folder / "rotation.lock").acquire(timeout=0)
    except filelock.Timeout:
        held = None
    if held is None:
        raise RotationRunning(
            "Another process is rotating the keys of this installation; wait for it, then look with `secrets check`"
        )
    with held:
        yield
