"""What an installation keeps and how much of it there is, for `doctor --sizes`. Reads only; opens no DuckDB file.

Of the tables in the state database the rows, the oldest date and what came with the last seven dates; of files their bytes. Bytes
of a database are those of the file or, on Postgres, of the database.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.home import Home
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.base import UTCDateTime
from clarity_pipeline.state.schema.calls import quota_calls, sync_jobs
from clarity_pipeline.state.schema.connections import audit_log
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.rules import rule_evaluations

LAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Kept:
    """One thing that is kept: items or None where they are not counted, bytes or None where they have no file of their own."""

    what: str
    items: int | None = None
    size_bytes: int | None = None
    oldest: date | None = None
    a_day: float | None = None
    """Items a day, over the last seven."""
    kept_days: int | None = None
    """For how many days; None keeps for ever."""
    forgotten_by: str | None = None
    """The command that lets go what is older; None where nothing does."""


def kept(home: Home) -> Iterator[Kept]:
    """Everything but Dagster's runs and events, which the orchestration room counts."""
    yield from _of_the_state(home)
    settings = home.settings
    days = _days_of(settings.vault_folder)
    answers, size = _weigh(settings.vault_folder)
    since = home.yesterday() - timedelta(days=LAST_DAYS - 1)
    lately = sum(_weigh(folder)[0] for day, folder in days if day >= since)
    yield Kept(
        "vault",
        answers,
        size,
        oldest=days[0][0] if days else None,
        a_day=lately / LAST_DAYS,
        kept_days=settings.vault_days,
        forgotten_by="prune --vault-days",
    )
    warehouse = _size(settings.warehouse_file)
    yield Kept("warehouse", size_bytes=warehouse, kept_days=settings.rows_days, forgotten_by="prune --rows-days")
    yield Kept("published file", size_bytes=_size(settings.published_file))


def _of_the_state(home: Home) -> Iterator[Kept]:
    """The tables that grow with each day; the whole database has the bytes."""
    since = home.yesterday() - timedelta(days=LAST_DAYS - 1)
    jobs_days, evaluations_days = home.settings.jobs_days, home.settings.evaluations_days
    counted: tuple[tuple[str, sa.Table, sa.Column[Any], int | None, str | None], ...] = (
        ("sync jobs", sync_jobs, sync_jobs.c.date, jobs_days, "prune --jobs-days"),
        ("calls", quota_calls, quota_calls.c.day, jobs_days, "prune --jobs-days"),
        ("rule evaluations", rule_evaluations, rule_evaluations.c.date, evaluations_days, "prune --evaluations-days"),
        ("alerts", alerts, alerts.c.opened_on, None, None),
        ("messages", outbox, outbox.c.created_at, None, None),
        ("audit log", audit_log, audit_log.c.at, None, None),
    )
    with home.state.read() as connection:
        for what, table, day, days, command in counted:
            items, oldest = connection.execute(sa.select(sa.func.count(), sa.func.min(day)).select_from(table)).one()
            first = datetime.combine(since, time(), UTC) if isinstance(day.type, UTCDateTime) else since
            lately = connection.scalar(sa.select(sa.func.count()).select_from(table).where(day >= first)) or 0
            oldest_date = oldest.date() if isinstance(oldest, datetime) else oldest
            a_day = lately / LAST_DAYS
            yield Kept(what, items, oldest=oldest_date, a_day=a_day, kept_days=days, forgotten_by=command)
        if connection.dialect.name == "postgresql":
            size = connection.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database())))
        else:
            size = _size(home.settings.home / "state.db")
    yield Kept("state database", size_bytes=size)


def _days_of(vault: Path) -> list[tuple[date, Path]]:
    """Every folder of a business's date, the oldest first."""
    found = []
    for folder in vault.glob("*/*"):
        try:
            found.append((date.fromisoformat(folder.name), folder))
        except ValueError:
            continue
    return sorted(found)


def _weigh(folder: Path) -> tuple[int, int]:
    """How many answers lie below, and the bytes of all files."""
    answers = size = 0
    for place, _, names in os.walk(folder):
        answers += sum(name.endswith(".zst") for name in names)
        size += sum((Path(place) / name).stat().st_size for name in names)
    return answers, size


def _size(file: Path) -> int:
    """Of a file with its journal; 0 where there is none."""
    places = (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}.wal"))
    return sum(place.stat().st_size for place in places if place.exists())
