"""A warehouse of before findings were kept: opened by this release, it has those that follow from its rows."""

from pathlib import Path

import duckdb
import zstandard

from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.released.files import HERE

BEFORE = HERE / "warehouse" / "0013.duckdb.zst"
SPOILED = """
update clarity_daily_metrics set scroll_depth = 140
where dimension_hash = (
    select min(dimension_hash) from clarity_daily_metrics where slice = 'url_device' and scroll_depth is not null
)
"""


def test_an_old_file_has_the_findings_that_follow_from_its_rows_once_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with zstandard.open(BEFORE, "rb") as packed:
        path.write_bytes(packed.read())
    with duckdb.connect(path) as connection:
        connection.execute(SPOILED)
        ((dates,),) = connection.execute("select count(*) from clarity_daily_metrics where scroll_depth = 140").fetchall()
    with Warehouse(path).connect() as connection:
        found = connection.execute("select metric, times from clarity_findings where severity = 'error' order by date").fetchall()
        left_out = connection.execute("select count(left_out['scroll_depth']) from business_day").fetchall()
    assert found == [("scroll_depth", times) for times in range(1, dates + 1)]
    assert left_out == [(dates,)]
