"""Analysts' clients are older than ours: does DuckDB 1.2 open the published copy, and do the macros answer there?

    .venv/bin/python -m benchmarks.old_duckdb_opens_the_copy [--version 1.2.2] [--json]

Makes a warehouse, loads, refreshes and publishes it with our DuckDB, then opens the copy, under another name, with that release
in an environment of its own. Exit status 1 when anything there fails. Half a minute, most of it installing.
"""

import json
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.answers import lane_answer
from benchmarks.environments import make_environment
from benchmarks.lane_load import DAY, FETCHED_AT, SLICE, folder, replace, rows_of
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.store import Warehouse

LATER = FETCHED_AT + timedelta(minutes=20)

ANALYST = """
import duckdb, json, sys
with duckdb.connect(sys.argv[1], read_only=True) as copy:
    span = "('acme', date '{first}', date '{last}')"
    (business,) = copy.execute("from business_behavioral_aggregates" + span).fetchall()
    pages = copy.execute("from url_behavioral_aggregates" + span).fetchall()
    ((sessions,),) = copy.execute("select sum(sessions)::bigint from business_day").fetchall()
    ((payloads,),) = copy.execute("select count(raw_payload->'Traffic') from clarity_daily_metrics").fetchall()
    known = [
        copy.execute("select count(*), sum(sessions)::bigint from clarity_daily_metrics_as_known_at('" + at + "')").fetchone()
        for at in ("{before}", "{between}", "{after}")
    ]
    copy.execute("select * from latest_business_day").description
    copy.execute("select * from lane_coverage").description
of_pages = sum(page[1] for page in pages)
print(json.dumps([duckdb.__version__, len(business), business[0], len(pages), of_pages, sessions, payloads, known]))
"""


def publish_one(home: Path) -> tuple[Path, int]:
    """The copy of a warehouse with one loaded day, and how many rows that has."""
    warehouse = Warehouse(home / "warehouse.duckdb")
    for seed, loaded_at in ((2, FETCHED_AT), (1, LATER)):  # the second takes the place of the first
        rows = rows_of(lane_answer(SLICE, seed=seed), business_id="acme", loaded_at=loaded_at)
        replace(warehouse, rows, business_id="acme", loaded_at=loaded_at)
        with warehouse.connect() as connection:
            refresh(connection, list(MARTS.values()), business_id="acme", date=DAY)
    return publish(warehouse, home / "another-name.db").path, len(rows)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--version", default="1.2.2", help="the DuckDB release of the analysts")
    asked = parser.parse_args()
    with folder() as home:
        copy, rows = publish_one(home)
        python = make_environment(home / "environment", f"duckdb=={asked.version}")
        program = ANALYST
        for name, value in {
            "first": DAY - timedelta(days=6),
            "last": DAY,
            "before": FETCHED_AT - timedelta(minutes=1),
            "between": LATER - timedelta(minutes=1),
            "after": LATER,
        }.items():
            program = program.replace(f"{{{name}}}", str(value))
        started = time.perf_counter()
        done = subprocess.run([str(python), "-c", program, str(copy)], capture_output=True, text=True, check=True)
        taken = time.perf_counter() - started
    version, metrics, sessions, pages, sessions_of_pages, sessions_of_mart, payloads, known = json.loads(done.stdout)
    finish(
        [
            Figure(f"DuckDB {version} opens the copy and calls the macros", taken, "s"),
            Figure("metrics of business_behavioral_aggregates", metrics, "columns", target=10),
            Figure("rows of url_behavioral_aggregates", pages, "rows", target=rows),
            Figure("sessions, business macro / mart", sessions / sessions_of_mart, "times", target=1),
            Figure("sessions, sum of the URL macro / mart", sessions_of_pages / sessions_of_mart, "times", target=1),
            Figure("raw_payload read as JSON", payloads, "rows", target=rows),
            Figure("rows as known before the first load", known[0][0], "rows", target=1, at_least=False),
            Figure("rows as known before the second", known[1][0], "rows", target=rows),
            Figure("rows as known after it", known[2][0], "rows", target=rows),
            Figure("what was known then is not what is known now", known[1][1] != known[2][1], "", target=1),
        ],
        as_json=asked.json,
    )


if __name__ == "__main__":
    main()
