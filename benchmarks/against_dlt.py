"""The four lanes of a business-day into DuckDB: ours beside dlt, which most would reach for.

    .venv/bin/python -m benchmarks.against_dlt [--json]

Both start from the same normalised rows (4 x 1,000, with raw_payload), load a new business each time into a table that is
there already, and show their fastest of eight. dlt runs once for the four lanes, merging on the same key, from rows as dicts
(its default) and from Arrow; so ours opens the file once and replaces four lanes, each in its transaction, and that is
compared. Beside it: opening the file for each lane, as the assets do. dlt is the newest that pip finds, in an environment
of its own in a temporary folder. About two minutes, most of it installing.
"""

import json
import os
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.answers import lane_answer
from benchmarks.dlt_worker import of_business
from benchmarks.environments import make_environment
from benchmarks.lane_load import apart, fastest, folder, peak_mb, replace, rows_of
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.warehouse.store import Warehouse

ROUNDS = 8
WORKER = Path(__file__).with_name("dlt_worker.py")


def ours(home: Path) -> dict[str, float]:
    lanes = {asked: rows_of(lane_answer(asked, seed=1), business_id="acme", asked=asked) for asked in DAILY_SLICES.values()}
    for asked, rows in lanes.items():
        pq.write_table(rows, home / f"{asked.name}.parquet")
    warehouse = Warehouse(home / "ours.duckdb")
    businesses = count()

    def business_day() -> None:
        business_id = f"business{next(businesses)}"
        for asked, rows in lanes.items():
            replace(warehouse, of_business(rows, business_id), business_id=business_id, asked=asked)

    def opened_once() -> None:
        with warehouse.connect():
            business_day()

    business_day()
    once = fastest({"opened_once": opened_once}, rounds=ROUNDS)
    each = fastest({"opened_for_each": business_day}, rounds=ROUNDS)
    return {**once, **each, "peak_mb": peak_mb(), "rows": sum(len(rows) for rows in lanes.values())}


def dlt(python: Path, home: Path, mode: str) -> dict[str, Any]:
    quiet = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    command = [str(python), str(WORKER), str(home), mode, str(ROUNDS)]
    done = subprocess.run(command, env=quiet, cwd=home, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    asked = arguments(__doc__).parse_args()
    with folder() as home:
        here = apart(ours, home)
        python = make_environment(home / "environment", "dlt[duckdb]", "pyarrow")
        rows, arrow = dlt(python, home, "rows"), dlt(python, home, "arrow")
    measured = (
        ("ours", here["opened_once"], here["peak_mb"]),
        ("ours, file opened for each lane", here["opened_for_each"], here["peak_mb"]),
        (f"dlt {rows['version']} from rows", rows["seconds"], rows["peak_mb"]),
        (f"dlt {rows['version']} from Arrow", arrow["seconds"], arrow["peak_mb"]),
    )
    figures = [Figure("rows of the business-day", here["rows"], "rows")]
    for name, seconds, peak in measured:
        figures += Figure(name, here["rows"] / seconds, "rows/s"), Figure(f"{name}: peak memory", peak, "MB")
    figures += (
        Figure("ours / dlt from rows", rows["seconds"] / here["opened_once"], "times", target=15),
        Figure("ours / dlt from Arrow", arrow["seconds"] / here["opened_once"], "times", target=3),
        Figure("ours, opened for each lane / dlt from rows", rows["seconds"] / here["opened_for_each"], "times"),
        Figure("ours, opened for each lane / dlt from Arrow", arrow["seconds"] / here["opened_for_each"], "times"),
    )
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
