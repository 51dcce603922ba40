"""A home with so many dates behind it, by copying what one real date left: for tests of what a night costs an old home."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import duckdb
import sqlalchemy as sa

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.yesterday import who_has_yesterday
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.warehouse.days import DATED, ROWS
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.day.watched import Cost, WatchedWarehouse, watched_state
from clarity_pipeline_tests.rules.made_up import rule, threshold
from clarity_pipeline_tests.world import World

ROW_GROUP = 2048
"""Rows that DuckDB reads at once, its least: of a real home's 122,880 a test would need millions."""

OTHERS = 30
"""Businesses that have marts and loads; rows have two, which is enough of them."""

DATES = {
    "clarity_sync_jobs": "date",
    "clarity_rule_evaluations": "date",
    "clarity_quota_calls": "day",
    "clarity_lanes_loaded": "date",
    "clarity_contract_drift": "day",
}
"""Tables of the state database that a night adds to, and their column of the date."""

RULES = [
    rule(threshold("clarity_sessions", "below", 1), id="none"),
    rule({"spike": {"signal": "rage_click"}}, id="page-spike", scope="url"),
]


def night(home: Home) -> None:
    """One business's yesterday, step by step as the jobs do it, everything but the publication."""
    day = home.yesterday()
    plan_today(home)
    for asked in DAILY_SLICES.values():
        home.capture.lane("acme", date=day, asked=asked, run_id=None)
        load_lane(home, business_id="acme", date=day, asked=asked)
    refresh_all(home)
    who_has_yesterday(home)
    evaluate_business_days(home, [("acme", day)])


def refresh_all(home: Home) -> None:
    """Its marts, and the regime events of everybody."""
    with home.warehouse.connect() as connection:
        refresh(connection, list(MARTS.values()), business_id="acme", date=home.yesterday())
        tell_regimes(connection, home.connections.all(), audit=home.audit)


def first_night(world: World) -> None:
    """The date before yesterday as it is loaded and judged, which all the others are copies of."""
    world.later(days=-1)
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=RULES)
        night(home)
    world.later(days=1)


@dataclass(frozen=True)
class Grown:
    """A home with a number of dates."""

    world: World
    dates: int

    @contextmanager
    def watched(self) -> Iterator[tuple[Home, Cost]]:
        """The home, and what it costs from now on."""
        cost = Cost()
        with self.world.home() as home:
            kept = home.warehouse
            home.__dict__["warehouse"] = WatchedWarehouse(kept.path, may_be_made=kept.may_be_made, cost=cost)
            with watched_state(home.state._engine, cost):
                yield home, cost


def grow(folder: Path, *, like: World, dates: int) -> Grown:
    """A copy of the home whose only date is repeated until it has so many, each before the one before."""
    world = replace(like, folder=Path(shutil.copytree(like.folder, folder)))
    world.fake = like.fake
    with duckdb.connect() as connection:
        connection.execute(f"attach '{folder / 'warehouse.duckdb'}' as home (row_group_size {ROW_GROUP})")
        for table in DATED:
            others = OTHERS if table not in ROWS else 2
            again = (
                f"insert into home.{table} by name select one.* replace ("
                "(one.date - back::integer) as date, if(b = 0, one.business_id, format('shop{:02}', b)) as business_id)"
                f" from home.{table} as one, range({dates}) as backs(back), range({others}) as businesses(b)"
                " where back > 0 or b > 0 order by date"
            )
            connection.execute(again)
        connection.execute("detach home")
    with world.home() as home, home.state.write() as written:
        for name, date in DATES.items():
            table = every_table().tables[name]
            rows = written.execute(sa.select(table)).mappings().all()
            again = [
                {key: value for key, value in row.items() if key != "job_id"} | {date: row[date] - timedelta(days=back)}
                for back in range(1, dates)
                for row in rows
            ]
            if again:
                written.execute(sa.insert(table), again)
        written.execute(sa.update(every_table().tables["clarity_lanes_loaded"]).values(proved=True))
    return Grown(world, dates)
