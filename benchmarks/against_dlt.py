"""The four lanes of a business-day into DuckDB: ours beside dlt, which most would reach for.

    .venv/bin/python -m benchmarks.against_dlt [--json]

Both start from the same normalised rows (4 x 1,000, with raw_payload) and a table that is there already. Ours opens, replaces
and closes four times, once a lane; dlt runs once, merging on the same key, from rows as dicts (its default) and from Arrow.
dlt is the newest that pip finds, in an environment of its own in a temporary folder. About two minutes, most of it
installing.
"""

import json
import os
import subprocess
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.answers import lane_answer
from benchmarks.environments import make_environment
from benchmarks.lane_load import apart, fastest, folder, peak_mb, replace, rows_of
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.warehouse.store import Warehouse

WORKER = Path(__file__).with_name("dlt_worker.py")


def ours(home: Path) -> dict[str, float]:
    lanes = {asked: rows_of(lane_answer(asked, seed=1), business_id="acme", asked=asked) for asked in DAILY_SLICES.values()}
    for asked, rows in lanes.items():
        pq.write_table(rows, home / f"{asked.name}.parquet")
    warehouse = Warehouse(home / "ours.duckdb")

    def business_day() -> None:
        for asked, rows in lanes.items():
            replace(warehouse, rows, business_id="acme", asked=asked)

    business_day()
    seconds = fastest({"ours": business_day}, rounds=3)["ours"]
    return {"seconds": seconds, "peak_mb": peak_mb(), "rows": sum(len(rows) for rows in lanes.values())}


def dlt(python: Path, home: Path, mode: str) -> dict[str, float]:
    quiet = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    command = [str(python), str(WORKER), str(home), mode]
    done = subprocess.run(command, env=quiet, cwd=home, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    asked = arguments(__doc__).parse_args()
    with folder() as home:
        here = apart(ours, home)
        python = make_environment(home / "environment", "dlt[duckdb]", "pyarrow")
        rows, arrow = dlt(python, home, "rows"), dlt(python, home, "arrow")
    count = here["rows"]
    figures = [Figure("rows of the business-day", count, "rows")]
    for name, found in (("ours", here), (f"dlt {rows['version']} rows", rows), (f"dlt {rows['version']} Arrow", arrow)):
        figures.append(Figure(name, count / found["seconds"], "rows/s"))
        figures.append(Figure(f"{name}, peak memory", found["peak_mb"], "MB"))
    figures.append(Figure("ours / dlt rows", rows["seconds"] / here["seconds"], "times", target=15))
    figures.append(Figure("ours / dlt Arrow", arrow["seconds"] / here["seconds"], "times", target=3))
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
