"""Writing many made business-days into an unfinished warehouse in one transaction. Called by `replayed_days`.

A lane that was loaded once goes in with all the others at once; one that was loaded more than once is loaded in that order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from clarity_pipeline.day.lane_rows import write
from clarity_pipeline.trust.record import reconcile_span
from clarity_pipeline.upkeep.made_days import Load, MadeDay
from clarity_pipeline.warehouse.marts import MARTS, refresh_span
from clarity_pipeline.warehouse.new_lanes import NewLane, insert_new
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.spellings import note_spellings_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS_A_SPAN = 100_000
"""Rows whose marts are made at once; more of them would not fit into the memory that DuckDB may use."""


def write_new_days(connection: "DuckDBPyConnection", days: Sequence[MadeDay]) -> None:
    """Write days of which the file has nothing, in the caller's transaction; marts and findings of rows come after."""
    import pyarrow

    lanes = [loads for day in days for loads in day.loads.values()]
    once = [load for loads in lanes if len(loads) == 1 for load in loads]
    if once:
        by_business: dict[str, list[pyarrow.Table]] = defaultdict(list)
        for load in once:
            by_business[load.by.stored.business_id].append(load.made.rows)
        note_spellings_of(connection, {name: pyarrow.concat_tables(rows) for name, rows in by_business.items()})
        lists = [load.made.lists for load in once if load.made.lists is not None]
        insert_new(
            connection,
            [_new_lane(load) for load in once],
            rows=pyarrow.concat_tables([load.made.rows for load in once]),
            lists=pyarrow.concat_tables(lists) if lists else None,
        )
    for loads in lanes:
        if len(loads) > 1:
            for load in loads:
                write(connection, load.by, load.made, asked=load.asked, loaded_at=load.loaded_at)


def _new_lane(load: Load) -> NewLane:
    window_start, window_end = load.by.window
    return NewLane(
        business_id=load.by.stored.business_id,
        date=load.by.date,
        slice_name=load.by.stored.slice_name,
        rows=load.made.rows.num_rows,
        window_start=window_start,
        window_end=window_end,
        answer_sha256=load.by.stored.sha256,
        loaded_at=load.loaded_at,
        dimensions=load.asked.dimension_names,
        found=load.made.found,
    )


def finish_spans(connection: "DuckDBPyConnection", spans: Iterable[Span]) -> None:
    """Make marts, reconciliation and findings of all lanes of the spans anew, in the caller's transaction."""
    for span in spans:
        refresh_span(connection, list(MARTS.values()), span)
        reconcile_span(connection, span)


_LOADED = """
select date, business_id, sum(rows)::bigint as rows
from clarity_lane_loads
where date in (select unnest($dates::date[]))
group by all
order by all
"""


def spans_of(connection: "DuckDBPyConnection", dates: Collection[date]) -> list[Span]:
    """What is loaded of some dates, in pieces that fit into memory: dates in a row, or businesses of one date."""
    spans: list[Span] = []
    loaded: dict[date, list[tuple[str, int]]] = defaultdict(list)
    for row in named(connection.execute(_LOADED, {"dates": sorted(dates)})):
        loaded[row["date"]].append((row["business_id"], row["rows"]))
    room = -1  # nothing fits: there is no span yet, or the last one is of a part of its date
    for day, of_day in loaded.items():
        rows = sum(rows for _, rows in of_day)
        if rows > ROWS_A_SPAN:
            spans += _of_one_date(day, of_day)
            room = -1
        elif rows <= room and day - spans[-1].to_date == timedelta(days=1):
            last = spans.pop()
            first, to = min(last.from_business, of_day[0][0]), max(last.to_business, of_day[-1][0])
            spans.append(Span(last.from_date, day, first, to))
            room -= rows
        else:
            spans.append(Span(day, day, of_day[0][0], of_day[-1][0]))
            room = ROWS_A_SPAN - rows
    return spans


def _of_one_date(day: date, businesses: Sequence[tuple[str, int]]) -> list[Span]:
    spans: list[Span] = []
    room = 0
    for business_id, rows in businesses:
        if spans and rows <= room:
            spans[-1] = Span(day, day, spans[-1].from_business, business_id)
        else:
            spans.append(Span.of_day(business_id, day))
            room = ROWS_A_SPAN
        room -= rows
    return spans
