"""Which visits came on which day, of some businesses: what the tests of signals hold a day's mix against. Called by `inputs`."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.rules.engine.mix import Cells, Mix
from clarity_pipeline.warehouse.mix_cells import mix_cells

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def read_mixes(rows: "DuckDBPyConnection", *, business_ids: Iterable[str], from_date: date, to_date: date) -> dict[str, Mix]:
    """By business; of one without any row there is none."""
    lanes: dict[str, dict[str, Cells]] = defaultdict(dict)
    for each in mix_cells(rows, business_ids=business_ids, from_date=from_date, to_date=to_date):
        lanes[each.business_id][each.slice_name] = Cells(from_date, each.urls, each.values, each.visits, each.hits)
    return {business_id: Mix(told) for business_id, told in lanes.items()}
