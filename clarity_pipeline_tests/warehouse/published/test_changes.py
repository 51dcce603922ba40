"""What is published by what changed is what a whole file would say, table by table and row by row, whoever wrote."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.warehouse.published.file import Published, publish
from clarity_pipeline.warehouse.published.tables import BESIDE, KINDS, OWN, WITH_PAYLOAD
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.published.writes import DATES, WRITES, Home

PAYLOAD_DAYS = 3
ROOT = Path(__file__).parents[3]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "published" / "clarity.duckdb"


def go_on(home: Home, copy: Path) -> Published:
    return publish(home.warehouse, copy, state=home.state, payload_days=PAYLOAD_DAYS)


def rows(connection: duckdb.DuckDBPyConnection, table: str) -> Counter[str]:
    columns = sorted(row[0] for row in connection.execute(f"describe {table}").fetchall())
    return Counter(map(str, connection.execute(f"select {', '.join(columns)} from {table}").fetchall()))


def expected(home: Home, connection: duckdb.DuckDBPyConnection, table: str) -> Counter[str]:
    """The rows of the working file, old payload left out, or of the state database."""
    if table in BESIDE:
        connection.execute(f"create or replace temp table told as from {table} limit 0")
        told = _of_state(home.state, table)
        if told:
            connection.executemany(f"insert into told values ({', '.join('?' * len(told[0]))})", told)
        return rows(connection, "told")
    if table in WITH_PAYLOAD:
        newest = "select max(date) from clarity_lane_loads"
        left_out = f"if(date > ({newest}) - {PAYLOAD_DAYS}, raw_payload, null) as raw_payload"
        return rows(connection, f"(select * replace ({left_out}) from {table})")
    return rows(connection, table)


def _of_state(state: StateDatabase, table: str) -> list[list[Any]]:
    known = every_table().tables[table]
    as_text = (sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column for column in known.columns)
    with state.read() as connection:
        return [[None if value == "null" else value for value in row] for row in connection.execute(sa.select(*as_text)).all()]


def assert_whole(home: Home, copy: Path) -> None:
    # Attached, since `connect` gives a file that this process has open already, under its name, and so an older one to a reader.
    with duckdb.connect() as published, home.warehouse.connect() as working:
        published.execute("set TimeZone = 'UTC'")
        published.execute(f"attach '{copy}' as copied (read_only); use copied")
        for table in KINDS:
            assert rows(published, table) == expected(home, working, table), table


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, empty_file: Path, migrated_file: Path) -> Path:
    """A folder with a warehouse and a state database in which every table has rows, published twice."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copyfile(empty_file, folder / "warehouse.duckdb")
    shutil.copyfile(migrated_file, folder / "state.db")
    with home_in(folder, seed=1) as home:
        for _ in range(40):
            WRITES["lane"](home)
        for name in ("marts", "site_lists", "entities", "experiments", "delivery", "regimes", "job", "evaluation", "alert"):
            for _ in range(4):
                WRITES[name](home)
    return folder


@contextmanager
def home_in(folder: Path, *, seed: int) -> Iterator[Home]:
    state = StateDatabase(f"sqlite:///{folder / 'state.db'}")
    try:
        yield Home(Warehouse(folder / "warehouse.duckdb", wait_seconds=30), state, Random(seed))
    finally:
        state.dispose()


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Iterator[Home]:
    with home_in(Path(shutil.copytree(filled, tmp_path / "home")), seed=2) as opened:
        yield opened


def test_the_writes_reach_every_table(home: Home) -> None:
    with home.warehouse.connect() as connection:
        assert [table for table in KINDS if not expected(home, connection, table)] == []


def test_each_kind_of_write_is_published_by_what_changed(home: Home, copy: Path) -> None:
    go_on(home, copy)
    go_on(home, copy)
    for name, write in WRITES.items():
        write(home)
        assert (name, go_on(home, copy).way) == (name, "changes")
        assert_whole(home, copy)


@pytest.mark.slow("a minute of chance; the quick test has each kind of write once")
@pytest.mark.parametrize("seed", range(3, 13))
def test_any_sequence_of_writes_is_published_as_it_stands(home: Home, copy: Path, seed: int) -> None:
    chance = Random(seed)
    home = replace(home, chance=chance)
    go_on(home, copy)
    ways = set()
    with ExitStack() as readers:
        for _ in range(10):
            for _ in range(chance.randrange(6)):
                WRITES[chance.choice(list(WRITES))](home)
            if chance.random() < 0.3:
                readers.enter_context(duckdb.connect(copy, read_only=True))
            elif chance.random() < 0.3:
                readers.close()
            ways.add(go_on(home, copy).way)
            assert_whole(home, copy)
    assert "whole" not in ways


def test_a_change_that_nobody_noted_is_seen_by_its_count_and_published_whole(home: Home, copy: Path) -> None:
    go_on(home, copy)
    go_on(home, copy)
    with home.warehouse.connect() as connection:
        connection.execute("delete from country_day where date = (select max(date) from country_day)")
    published = go_on(home, copy)
    assert (published.way, published.reason) == ("whole", "country_day has other rows than what is known to have changed")
    assert_whole(home, copy)


def test_every_table_of_the_file_has_a_way_to_be_published(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        tables = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    assert tables == {*KINDS, *OWN}


def test_who_writes_to_a_published_table_notes_it() -> None:
    """Of each module that has or calls a statement that writes to one."""
    names = "|".join(KINDS)
    writes = re.compile(
        rf"\b(?:(?:insert into|delete from|create or replace table) (?:\{{[\w.]+\}}|(?:{names})\b)|update (?:{names})\b)"
    )
    spoken = {
        path.stem for path in (ROOT / "sql").rglob("*.sql") if "steps" not in path.parts and writes.search(path.read_text())
    }
    silent = []
    rooms = ("day", "imports", "trust", "upkeep", "warehouse")
    for path in sorted(path for room in rooms for path in (ROOT / "clarity_pipeline" / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        is_writer = writes.search(text) or any(f'/{name}"' in text for name in spoken)
        if is_writer and not re.search(r"\bnote_(?:day|days_of|span|business|table)\(", text):
            silent.append(str(path.relative_to(ROOT / "clarity_pipeline")))
    assert silent == [
        "trust/record.py",  # by `findings.write_of_rows`, with the date
        "upkeep/forget/warehouse_rows.py",  # behind which the whole is published
        "upkeep/replay_progress.py",  # this and the next two: of a file of which nothing was published yet
        "warehouse/new_lanes.py",
        "warehouse/rebuild.py",
    ]


def test_dates_that_become_old_lose_their_payload_and_get_it_back_when_more_is_asked_for(home: Home, copy: Path) -> None:
    def with_payload(days: int | None) -> tuple[str, list[date]]:
        way = publish(home.warehouse, copy, state=home.state, payload_days=days).way
        with duckdb.connect(copy, read_only=True) as connection:
            found = connection.execute("select distinct date from clarity_daily_metrics where raw_payload is not null order by 1")
            return way, [day for (day,) in found.fetchall()]

    assert with_payload(None) == ("whole", DATES)
    assert with_payload(2) == ("copy", DATES[-2:])
    assert with_payload(2) == ("changes", DATES[-2:])
    assert with_payload(0) == ("changes", [])
    assert with_payload(None) == ("changes", DATES)
    assert with_payload(3) == ("changes", DATES[-3:])
