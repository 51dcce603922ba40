"""Where the partition grid begins: said at the first connect, kept in the state database, and never moved up by itself.

A grid that began three months before *today* would lose a month of green partitions on the first of each month. Whoever sets
CLARITY_PARTITIONS_START has said it. Called by `connections`, which keeps it, and by the front doors that build the grid.
"""

from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa

from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.night import grid

BUSINESS_DAYS = "business_days"


def three_months_before(day: date) -> date:
    """The first of the month, three months back."""
    months = day.year * 12 + day.month - 1 - 3
    return date(months // 12, months % 12 + 1, 1)


def new_grid_start(settings: Settings) -> date:
    """Where the grid of a home would begin whose first business were connected now."""
    return settings.partitions_start or three_months_before(settings.clock()().date())


def keep_grid_start(connection: sa.Connection, *, now: datetime) -> None:
    """Keep it, once: a business is connected for the first time."""
    if connection.scalar(sa.select(grid.c.starts_on)) is None:
        kept = {"grid": BUSINESS_DAYS, "starts_on": three_months_before(now.date()), "kept_at": now}
        connection.execute(sa.insert(grid).values(**kept))


def grid_starts_on(settings: Settings, state: StateDatabase | None = None) -> date:
    """The first date of the grid; nothing is made or migrated for it, and a new home has the start that it would be given now.

    `state` is the home's database where it is open already. Raises `StateUnavailable`.
    """
    if settings.partitions_start is not None:
        return settings.partitions_start
    if state is not None:
        return _kept(state) or new_grid_start(settings)
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return new_grid_start(settings)
    opened = StateDatabase(settings.database_url)
    try:
        return _kept(opened) or new_grid_start(settings)
    finally:
        opened.dispose()


def _kept(state: StateDatabase) -> date | None:
    with state.read() as connection:
        known = sa.inspect(connection)
        if known.has_table(grid.name):
            kept: date | None = connection.scalar(sa.select(grid.c.starts_on))
            return kept
        if not known.has_table(business_config.name):
            return None
        return _of_an_older_release(connection)


def _of_an_older_release(connection: sa.Connection) -> date | None:
    """What its migration is going to keep."""
    connected_at = connection.scalar(sa.select(sa.func.min(business_config.c.created_at)))
    if connected_at is None:
        return None
    loaded = connection.scalar(sa.select(sa.func.min(sync_jobs.c.date)).where(sync_jobs.c.loaded_at.is_not(None)))
    starts_on = three_months_before(connected_at.date())
    return starts_on if loaded is None else min(starts_on, loaded)
