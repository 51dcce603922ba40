"""Since when a finding stands is the same whether a night counts what changed or everything."""

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from clarity_pipeline.warehouse import findings
from clarity_pipeline.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FIRST = date(2026, 1, 1)
SLICES, CODES = ("url_device", "totals"), (("lane_cut", None), ("impossible_number", "sessions"))
COUNTED = "select business_id, date, slice, metric, code, since, times from clarity_findings order by all"


def load(connection: "DuckDBPyConnection", chance: random.Random, day: date) -> None:
    """A date of acme as a load leaves it: each lane perhaps, each of two findings perhaps."""
    connection.execute("delete from clarity_lane_loads where business_id = 'acme' and date = $day", {"day": day})
    connection.execute("delete from clarity_findings where business_id = 'acme' and date = $day", {"day": day})
    for name in SLICES:
        if chance.random() < 0.2:
            continue
        loaded = (
            "insert into clarity_lane_loads by name select 'acme' as business_id, $day as date, $slice as slice, 1 as rows,"
            " now() as window_start, now() as window_end, 1.0 as coverage, '' as answer_sha256, now() as loaded_at,"
            " 1 as normaliser_version, now() as fetched_at"
        )
        connection.execute(loaded, {"day": day, "slice": name})
        for code, metric in CODES:
            if chance.random() < 0.7:
                found = "insert into clarity_findings values ('acme', $day, $slice, $metric, $code, 'error', 1.0, $day, 1)"
                connection.execute(found, {"day": day, "slice": name, "metric": metric, "code": code})


@pytest.mark.parametrize("seed", range(3))
def test_counting_what_changed_says_what_counting_everything_says(warehouse: Warehouse, seed: int) -> None:
    chance, day = random.Random(seed), FIRST
    with warehouse.connect() as connection:
        for _ in range(60):
            day += timedelta(days=chance.choice((1, 1, 1, 1, 2, 60)))
            changed = day if chance.random() < 0.7 else FIRST + timedelta(days=chance.randrange((day - FIRST).days + 1))
            load(connection, chance, changed)
            findings.count(connection, business_id="acme", changed_on=changed)
            after = connection.execute(COUNTED).fetchall()
            findings.count(connection)
            assert connection.execute(COUNTED).fetchall() == after, changed
        assert max(times for *_, times in after) > 5
