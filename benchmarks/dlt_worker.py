"""dlt's side of `against_dlt`: runs in dlt's own environment, imports nothing of ours.

    python dlt_worker.py FOLDER rows|arrow ROUNDS

FOLDER holds one Parquet file a lane. Prints the seconds of the fastest of ROUNDS business-days merged into a table that is
there already, and the peak memory, as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

KEY = ("business_id", "date", "dimension_hash")


def main(folder: Path, mode: str, rounds: int) -> None:
    import dlt

    lanes = [pq.read_table(file) for file in sorted(folder.glob("*.parquet"))]
    pipeline = dlt.pipeline(
        pipeline_name=f"clarity_{mode}",
        pipelines_dir=str(folder / f"state_{mode}"),
        destination=dlt.destinations.duckdb(str(folder / f"dlt_{mode}.duckdb")),
        dataset_name="clarity",
    )
    taken = [load(pipeline, [of_business(lane, f"business{number}") for lane in lanes], mode) for number in range(1 + rounds)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    with pipeline.sql_client() as client:
        rows = client.execute_sql("select count(*) from daily")[0][0]
    print(json.dumps({"version": dlt.__version__, "seconds": min(taken[1:]), "peak_mb": peak, "rows": rows}))


def load(pipeline: Any, lanes: list[pa.Table], mode: str) -> float:
    items = lanes if mode == "arrow" else [row for lane in lanes for row in lane.to_pylist()]
    import dlt

    resource_ = dlt.resource(items, name="daily", primary_key=KEY, write_disposition="merge")
    started = time.perf_counter()
    pipeline.run(resource_)
    return time.perf_counter() - started


def of_business(lane: pa.Table, business_id: str) -> pa.Table:
    return lane.set_column(0, "business_id", pa.array([business_id] * len(lane), pa.string()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
