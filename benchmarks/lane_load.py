"""What one lane costs from its bytes to its rows, and whether a full table makes it slower.

    .venv/bin/python -m benchmarks.lane_load [--json] [--lanes 100] [--rows-before 1000000]

Compared with the least that anybody can do in the same run: `json.loads` of the same answer and a bare insert of the same rows
from Arrow into the same table, over a connection that is already open. Ours parses strictly, normalises, takes the lock,
opens the file, replaces the lane in one transaction, and closes: a date that was not loaded yet, as every day; and a lane
whose rows stand already, or are superseded and kept. Each phase runs in a process of its own, so that its peak
memory is its own. About a minute.
"""

import itertools
import json
import math
import multiprocessing
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benchmarks.answers import lane_answer
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, Slice
from clarity_pipeline.normalize.normalize import Lane, normalize
from clarity_pipeline.warehouse import lane as lanes
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.store import STORAGE_VERSION, Warehouse
from clarity_pipeline.warehouse.transaction import transaction

SLICE = DAILY_SLICES["url_device"]
DAY = date(2026, 11, 20)
FETCHED_AT = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
SHA256 = "0" * 64


_OTHERS_LANE = "select * replace ($business_id as business_id, $date as date) from one"


def rows_of(
    body: bytes, *, business_id: str, day: date = DAY, asked: Slice = SLICE, loaded_at: datetime = FETCHED_AT
) -> pa.Table:
    lane = Lane(
        business_id=business_id,
        date=day,
        slice=asked,
        window_start=FETCHED_AT - timedelta(days=1),
        window_end=FETCHED_AT,
        fetched_at=FETCHED_AT,
        num_of_days=1,
        loaded_at=loaded_at,
    )
    return normalize(parse(body, asked=asked), lane=lane)


def replace(
    warehouse: Warehouse,
    rows: pa.Table,
    *,
    business_id: str,
    day: date = DAY,
    asked: Slice = SLICE,
    loaded_at: datetime = FETCHED_AT,
) -> int:
    with warehouse.connect(what="replacing a lane") as connection, transaction(connection):
        return lanes.replace(
            connection,
            rows,
            business_id=business_id,
            date=day,
            slice_name=asked.name,
            window_start=FETCHED_AT - timedelta(days=1),
            window_end=FETCHED_AT,
            answer_sha256=SHA256,
            loaded_at=loaded_at,
        ).rows


def fastest(works: Mapping[str, Callable[[], object]], *, rounds: int = 25) -> dict[str, float]:
    """Seconds of the fastest run of each, taken in turns: other programs on the machine then slow all of them or none."""
    best = dict.fromkeys(works, math.inf)
    for _ in range(rounds):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def one_lane(home: Path) -> dict[str, float]:
    body = lane_answer(SLICE, seed=1)
    rows = rows_of(body, business_id="acme")
    others = itertools.cycle([rows, rows_of(lane_answer(SLICE, seed=2), business_id="acme")])
    again = rows_of(body, business_id="again")
    dates = (DAY + timedelta(days=number) for number in itertools.count(1))
    warehouse, plain = Warehouse(home / "ours.duckdb"), home / "plain.duckdb"
    with duckdb.connect(plain, config={"storage_compatibility_version": STORAGE_VERSION}) as made:
        made.execute(statement("tables/clarity_daily_metrics"))

    def insert(connection: duckdb.DuckDBPyConnection) -> None:
        connection.register("bare", rows)
        connection.execute("insert into clarity_daily_metrics by name from bare")

    def all_of_ours() -> None:
        day = next(dates)
        replace(warehouse, rows_of(body, business_id="acme", day=day), business_id="acme", day=day)

    def open_insert_close() -> None:
        with duckdb.connect(plain) as connection:
            insert(connection)

    with duckdb.connect(home / "open.duckdb", config={"storage_compatibility_version": STORAGE_VERSION}) as held_open:
        held_open.execute(statement("tables/clarity_daily_metrics"))
        taken = fastest(
            {
                "json_loads": lambda: json.loads(body),
                "insert": lambda: insert(held_open),
                "open_insert_close": open_insert_close,
                "parse": lambda: parse(body, asked=SLICE),
                "parse_and_normalize": lambda: rows_of(body, business_id="acme"),
                "all_of_ours": all_of_ours,
                "again": lambda: replace(warehouse, again, business_id="again"),
                "superseded": lambda: replace(warehouse, next(others), business_id="acme"),
            }
        )
    return {**taken, "answer_mb": len(body) / 1e6, "rows": rows.num_rows}


def fill(path: Path, rows_before: int) -> None:
    """Other businesses' lanes, made in SQL from one lane of ours."""
    rows = rows_of(lane_answer(SLICE, seed=2), business_id="other")
    with Warehouse(path).connect() as connection:
        connection.register("one", rows)
        for number in range(rows_before // rows.num_rows):
            values = {"business_id": f"other{number % 50}", "date": DAY - timedelta(days=1 + number // 50)}
            connection.execute(f"insert into clarity_daily_metrics by name {_OTHERS_LANE}", values)


def many_lanes(path: Path, lanes: int) -> dict[str, float]:
    """Rows a second of the median lane, bytes to rows."""
    bodies = [lane_answer(SLICE, seed=seed) for seed in range(4)]
    warehouse = Warehouse(path)
    replace(warehouse, rows_of(bodies[0], business_id="warm"), business_id="warm")
    rates = []
    for number in range(lanes):
        business_id, day = f"business{number % 10}", DAY + timedelta(days=number // 10)
        started = time.perf_counter()
        rows = rows_of(bodies[number % len(bodies)], business_id=business_id, day=day)
        rates.append(replace(warehouse, rows, business_id=business_id, day=day) / (time.perf_counter() - started))
    return {"rows_a_second": statistics.median(rates), "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory that this process has held (`ru_maxrss` is in KiB on Linux, in bytes on macOS)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform == "linux" else 1024 * 1024)


@contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="clarity-benchmark-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def apart(work: Callable[..., Any], *args: Any) -> Any:
    """Run in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *args).result()


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--lanes", type=int, default=100)
    parser.add_argument("--rows-before", type=int, default=1_000_000)
    asked = parser.parse_args()
    with folder() as home:
        lane = apart(one_lane, home)
        empty = apart(many_lanes, home / "empty.duckdb", asked.lanes)
        apart(fill, home / "full.duckdb", asked.rows_before)
        full = apart(many_lanes, home / "full.duckdb", asked.lanes)
        size = (home / "full.duckdb").stat().st_size
    bare = lane["json_loads"] + lane["insert"]
    bare_and_closed = lane["json_loads"] + lane["open_insert_close"]
    finish(
        [
            Figure("answer", lane["answer_mb"], "MB"),
            Figure("rows of the lane", lane["rows"], "rows"),
            Figure("json.loads", lane["json_loads"] * 1000, "ms"),
            Figure("bare insert from Arrow, connection stays open", lane["insert"] * 1000, "ms"),
            Figure("bare insert from Arrow, file opened and closed", lane["open_insert_close"] * 1000, "ms"),
            Figure("ours: strict parse", lane["parse"] * 1000, "ms"),
            Figure("ours: parse and normalise", lane["parse_and_normalize"] * 1000, "ms"),
            Figure("ours: lock, open, compare rows that stand, close", lane["again"] * 1000, "ms"),
            Figure("ours: lock, open, supersede a lane, close", lane["superseded"] * 1000, "ms"),
            Figure("ours: all of it, a date's first load", lane["all_of_ours"] * 1000, "ms"),
            Figure("ours / (json.loads + insert, stays open)", lane["all_of_ours"] / bare, "times", target=5, at_least=False),
            Figure("ours / (json.loads + open, insert, close)", lane["all_of_ours"] / bare_and_closed, "times"),
            Figure(f"{asked.lanes} lanes, bytes to rows, into an empty table", empty["rows_a_second"], "rows/s"),
            Figure(f"{asked.lanes} lanes, into {asked.rows_before:,} rows", full["rows_a_second"], "rows/s"),
            Figure("full table / empty table", full["rows_a_second"] / empty["rows_a_second"], "times", target=0.6),
            Figure("peak memory, empty table", empty["peak_mb"], "MB", target=600, at_least=False),
            Figure("peak memory, full table", full["peak_mb"], "MB", target=600, at_least=False),
            Figure("file of the full table", size / 1e6, "MB"),
        ],
        as_json=asked.json,
    )


if __name__ == "__main__":
    main()
