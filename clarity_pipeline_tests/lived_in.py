"""A home with a past, made through the real day sync once for all tests of `replay` and `prune`."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.home import Home
from clarity_pipeline.simulator import faults
from clarity_pipeline.vault.stored_answer import StoredAnswer
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, World

NEXT_DAY = DAY + timedelta(days=1)


def live(world: World) -> None:
    """Two days of acme, one of zeta: a malformed answer, a lane fetched again, three loaded again unchanged, a disconnect."""
    world.connect("acme")
    world.connect("zeta", token=world.fake.token(OTHER_PROJECT))
    with world.day_sync() as day_sync:

        def sync(*business_ids: str, day: date = DAY) -> None:
            with world.home() as home:
                day_sync.run(home, business_ids=business_ids, day=day)

        world.fake.script(OTHER_PROJECT, faults.MISSING_DIMENSION)  # zeta's url_device
        sync("acme", "zeta")
        world.later(minutes=20)
        with world.home() as home:
            home.capture.lane("acme", date=DAY, asked=DAILY_SLICES["url_source"], refetch=True)
        sync("acme")
        world.later(days=1, minutes=-20)
        sync("acme", day=NEXT_DAY)
    with world.home() as home:
        home.connections.disconnect("zeta")


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, `loaded_at` and history included, but what the file knows of its own publications."""
    with duckdb.connect(path, read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        told = set(names) - {"clarity_publications", "clarity_unpublished_changes", "clarity_changed_days"}
        return {name: connection.execute(f"select * from {name} order by all").fetchall() for name in told}


def answer_of(home: Home, business_id: str, slice_name: str = "url_device") -> StoredAnswer:
    """The answer that stands for a lane of DAY."""
    return home.vault.answers(business_id, date=DAY, slice_name=slice_name)[0]
