"""The Dagster instance below CLARITY_HOME, from the one `dagster.yaml` of the project.

Used by `sync`, the demo and `make dev`. Whoever sets DAGSTER_HOME (production, on Postgres) has said where Dagster's storage is:
then that instance is used and nothing is written here.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import dagster as dg
import filelock
import yaml

from clarity_pipeline.orchestration.dagster_files import make_whole
from clarity_pipeline.settings.settings import Settings

_STORAGES = {
    "run_storage": "runs",
    "event_log_storage": "events",
    "schedule_storage": "schedules",
    "local_artifact_storage": "",
}


def dagster_home(settings: Settings) -> Path:
    """The folder to use as DAGSTER_HOME: the one that is set, else CLARITY_HOME/dagster with its `dagster.yaml` written."""
    if settings.given_dagster_home is not None:
        return settings.given_dagster_home
    home = settings.dagster_folder
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = yaml.safe_dump(_below(home), sort_keys=False)
    target = home / "dagster.yaml"
    if not target.exists() or target.read_bytes() != wanted.encode():  # what a bad disk left in it may be no text at all
        temporary = home / f".dagster.yaml.{os.getpid()}"
        temporary.write_text(wanted, encoding="utf-8")
        temporary.replace(target)
    return home


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance to run in, for as long as the block lasts.

    Opened by one process at a time: Dagster makes its SQLite files without a lock, and two processes on a new home could
    leave them with a schema version written twice, which every later start refuses. Those below CLARITY_HOME are made by
    `dagster_files`, whole or not at all.
    """
    with ExitStack() as stack:
        with _alone(settings):
            home = dagster_home(settings)
            if settings.given_dagster_home is None:
                make_whole(home, now=settings.clock()())
            instance = stack.enter_context(dg.DagsterInstance.from_config(str(home)))
            _ = instance.run_storage, instance.event_log_storage, instance.schedule_storage  # each made when first asked for
        stack.enter_context(_kept_open(home))
        yield instance


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    settings.locks_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with filelock.FileLock(settings.locks_folder / "dagster.lock", timeout=120):
        yield


@contextmanager
def _kept_open(home: Path) -> Iterator[None]:
    """Hold every SQLite file of the instance open meanwhile.

    Dagster opens and closes the file for each event, and whoever closes a file last writes its whole journal back: a run took
    1.2 to 2 times as long without this.
    """
    held = [sqlite3.connect(file) for file in home.rglob("*.db")]
    try:
        for connection in held:
            connection.execute("select count(*) from sqlite_master").fetchone()
        yield
    finally:
        for connection in held:
            connection.close()


def _below(home: Path) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(_project_file().read_text(encoding="utf-8"))
    for storage, folder in _STORAGES.items():
        config[storage]["config"]["base_dir"] = str(home / folder)
    return config


def _project_file() -> Path:
    """`dagster.yaml` beside the package in a checkout, inside it in an installation."""
    package = Path(str(files("clarity_pipeline")))
    installed = package / "dagster.yaml"
    return installed if installed.exists() else package.parent / "dagster.yaml"
