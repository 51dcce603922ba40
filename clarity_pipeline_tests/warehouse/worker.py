"""A process of its own for the crash and lock tests: `python -m ...worker WAREHOUSE ACTION [SESSIONS]`."""

import sys
import time
from pathlib import Path

import duckdb

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, lane, load


def load_naively(path: Path, sessions: int) -> None:
    """What `replace_lane` would be without its transaction."""
    with duckdb.connect(path, config={"storage_compatibility_version": "v1.2.0"}) as connection:
        connection.register("lane", lane([{"sessions": sessions}] * 3))
        connection.execute(statement("statements/delete_lane"), {"business_id": "acme", "date": DAY, "slice": "url_device"})
        failpoint("lane_deleted")
        connection.execute(statement("statements/insert_lane"))


def say_held_and_wait() -> None:
    sys.stdout.write("held\n")
    sys.stdout.flush()
    time.sleep(60)


def main(path: Path, action: str, sessions: int) -> None:
    warehouse = Warehouse(path, wait_seconds=30)
    match action:
        case "load":
            load(warehouse, [{"sessions": sessions}] * 3)
        case "load_naively":
            load_naively(path, sessions)
        case "load_often":
            for _ in range(5):
                load(warehouse, [{"sessions": sessions}] * 3, business_id=f"business{sessions}")
        case "open":
            with warehouse.connect():
                pass
        case "publish":
            publish(warehouse, path.with_name("clarity.duckdb"))
        case "hold":
            with warehouse.connect(what="loading acme 2026-11-20 url_device"):
                say_held_and_wait()
        case "open_as_analyst":
            with duckdb.connect(path, read_only=True):
                say_held_and_wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
