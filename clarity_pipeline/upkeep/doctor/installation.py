"""What is wrong with the installation: its keys, its disk, its published file, its messages. Nothing is called or changed."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from clarity_pipeline.connections.credentials import is_slug
from clarity_pipeline.connections.key_files import BadEncryptionKey, KeyFile
from clarity_pipeline.connections.rotation import check, stored
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.home import Home
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.warehouse.store import has_content

LITTLE_SPACE_BYTES = 1_000_000_000
"""A publish needs room for a second copy of the warehouse, 584 MB for 10 million rows (`docs/design.md#publishing`)."""

OVERDUE = timedelta(hours=1)
"""A receiver that is back within it has its message; longer means that it is not there."""


def key_findings(home: Home) -> Iterator[Finding]:
    """Whether each stored token opens, and nobody else can read the keys."""
    settings = home.settings
    if not settings.encryption_keys and not settings.key_file.exists():
        if number := stored(home.state):  # nobody is to make a new key in its place
            sentence = f"{settings.key_file} is missing, and {number} stored secrets open with nothing else"
            yield Finding("key_missing", "error", None, sentence, "restore it from your backup (mode 600)", for_client=False)
        return
    try:
        checked = check(home.state, load_secret_box(settings))
    except BadEncryptionKey as error:
        yield Finding("bad_encryption_key", "error", None, str(error), "until then no token can be used", for_client=False)
        return
    for owner in checked.unreadable:
        of_business = is_slug(owner)
        yield Finding(
            "secret_unreadable",
            "error",
            owner if of_business else None,
            "its stored token does not open with the present keys"
            if of_business
            else f"the stored address of {owner} does not open",
            "give back the key that sealed it (CLARITY_ENCRYPTION_KEYS=new,old), or "
            + (f"`clarity-pipeline connect {owner}` again" if of_business else "`clarity-pipeline channels remove` and `add` it"),
            for_client=of_business,
        )
    if KeyFile(settings.key_file).next.exists():
        yield Finding(
            "rotation_unfinished",
            "warning",
            None,
            "a rotation of the encryption key was interrupted; both keys are needed until it is done",
            "`clarity-pipeline secrets rotate` goes on with it",
            for_client=False,
        )
    elif checked.of_an_older_key:
        yield Finding(
            "older_key",
            "note",
            None,
            f"{len(checked.of_an_older_key)} of {checked.secrets} secrets are sealed with an older key",
            "`clarity-pipeline secrets rotate` seals them with the newest one",
            for_client=False,
        )


def disk_findings(home: Home) -> Iterator[Finding]:
    """Whether there is room for the next days and for a second copy of the warehouse."""
    free = shutil.disk_usage(home.settings.home).free
    warehouse = home.settings.warehouse_file
    needed = max(LITTLE_SPACE_BYTES, 2 * warehouse.stat().st_size if warehouse.exists() else 0)
    if free < needed:
        yield Finding(
            "little_space",
            "warning",
            None,
            f"{free / 1e9:.1f} GB are free below {home.settings.home}, and {needed / 1e9:.1f} GB may be needed",
            "make room, or `clarity-pipeline prune` what is old",
            for_client=False,
        )


def store_findings(home: Home) -> Iterator[Finding]:
    """Whether the stores are there, and what was set aside of them. No file is opened: a sync may be at work."""
    settings = home.settings
    if not has_content(settings.warehouse_file) and home.ledger.knows_of_loads():
        sentence = f"{settings.warehouse_file.name} is missing or empty, and lanes were loaded into it"
        cure = "`clarity-pipeline replay` makes it anew from the vault, without a call; until then nothing is published"
        yield Finding("warehouse_missing", "error", None, sentence, cure, for_client=False)
    with home.state.read() as connection:  # not by `connections`, which makes a key where there is none
        known = set(connection.scalars(sa.select(business_config.c.business_id)))
    held = {path.name for path in settings.vault_folder.glob("*/")}
    if held and not held & known:
        sentence = f"the vault has answers of {', '.join(sorted(held)[:3])}, and the state database knows no such business"
        cure = "was the state lost? restore it from your backup; `connect` alone forgets ledger, rules and alerts"
        yield Finding("state_missing", "error", None, sentence, cure, for_client=False)
    kept = sorted(path.name for folder in ("", "dagster/*/") for path in settings.home.glob(f"{folder}*.damaged-*"))
    if kept:
        sentence = f"set aside since it could not be used: {', '.join(kept)}"
        cure = "nothing, what could be made anew was; delete it once you are sure that nothing in it is missed"
        yield Finding("set_aside", "note", None, sentence, cure, for_client=False)


def published_findings(home: Home) -> Iterator[Finding]:
    """Whether analysts see what was loaded."""
    with home.state.read() as connection:
        loaded_at: datetime | None = connection.scalar(sa.select(sa.func.max(sync_jobs.c.loaded_at)))
    if loaded_at is None:
        return
    file = home.settings.published_file
    published_at = datetime.fromtimestamp(file.stat().st_mtime, UTC) if file.exists() else None
    if published_at is None:
        sentence = "rows are loaded and nothing is published"
    elif home.settings.now is None and loaded_at - published_at > OVERDUE:  # a file's time is never that of CLARITY_NOW
        sentence = f"what analysts see is of {published_at:%Y-%m-%d %H:%M} UTC, rows were loaded at {loaded_at:%Y-%m-%d %H:%M}"
    else:
        return
    yield Finding("not_published", "warning", None, sentence, "`clarity-pipeline publish` renews the file", for_client=False)


def message_findings(home: Home) -> Iterator[Finding]:
    """Whether what alerts say reaches anybody."""
    c = outbox.c
    late = sa.or_(c.state == "dead", sa.and_(c.state == "pending", c.created_at < home.clock() - OVERDUE))
    with home.state.read() as connection:
        waiting = connection.scalar(sa.select(sa.func.count()).select_from(outbox).where(late)) or 0
    if waiting:
        yield Finding(
            "messages_waiting",
            "error",
            None,
            f"{waiting} alert messages have not been delivered for more than an hour",
            "`clarity-pipeline alerts deliveries` says why; see that the receiver answers, and `alerts resend` what was given up",
            for_client=False,
        )
