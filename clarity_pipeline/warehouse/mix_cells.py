"""Which visits came on which day, by lane, as arrays: pages x devices, sources, countries, campaigns. Called by `judging.mixes`.

Read from the lanes' own rows, as they are known now, since no mart has a page together with anything else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.measures import SIGNAL
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PAGES, PAGES_BESIDE, VALUES = 24, 10, 6
"""So many pages are cells of their own by device, and by source, country or campaign; so many values are. All others are one."""

_BUSINESSES = 25
"""So many at once, so that what is held in memory does not grow with the agency."""


@dataclass(frozen=True, slots=True, eq=False)
class LaneCells:
    """One lane of one business: C cells by D days from the first one asked for; `hits` by signal."""

    business_id: str
    slice_name: str
    urls: Sequence[str | None]
    values: Sequence[str | None]
    visits: NDArray[Any]
    hits: dict[str, NDArray[Any]]


def mix_cells(
    connection: "DuckDBPyConnection", *, business_ids: Iterable[str], from_date: date, to_date: date
) -> Iterator[LaneCells]:
    """The lanes of each business that has any rows between the dates."""
    ids = sorted(set(business_ids))
    for start in range(0, len(ids), _BUSINESSES):
        asked = {
            "business_ids": ids[start : start + _BUSINESSES],
            "from_date": from_date,
            "to_date": to_date,
            "slices": list(DAILY_SLICES),
            "pages": PAGES,
            "pages_beside": PAGES_BESIDE,
            "values": VALUES,
        }
        found = connection.sql(statement("rules/mix_cells"), params=asked).to_arrow_table().combine_chunks()
        yield from _lanes(found)


def _lanes(found: Any) -> Iterator[LaneCells]:
    if not found.num_rows:
        return
    cells = [found.column(name).to_pylist() for name in ("business_id", "slice", "url", "value")]
    lists = {name: found.column(name).chunk(0) for name in found.column_names[4:]}
    flat = {name: each.flatten().to_numpy() for name, each in lists.items()}
    ends = np.concatenate(([0], np.cumsum(lists["day"].value_lengths().to_numpy())))
    for (business_id, slice_name), group in groupby(range(found.num_rows), key=lambda row: (cells[0][row], cells[1][row])):
        rows = list(group)
        first, last = rows[0], rows[-1] + 1
        span = slice(ends[first], ends[last])
        cell = np.repeat(np.arange(last - first), np.diff(ends[first : last + 1]))
        days = flat["day"][span]
        shape = (int(days.max()) + 1, last - first)

        def filled(name: str, shape: tuple[int, int] = shape, where: Any = (days, cell), span: slice = span) -> NDArray[Any]:
            made = np.zeros(shape, dtype=np.int32)
            made[where] = flat[name][span]
            return made

        yield LaneCells(
            business_id=business_id,
            slice_name=slice_name,
            urls=cells[2][first:last],
            values=cells[3][first:last],
            visits=filled("sessions"),
            hits={signal: filled(f"{signal}_sessions") for signal in SIGNAL},
        )
