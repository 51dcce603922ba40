"""What must be true of a loaded lane: statements as data, each one query and one finding. Called by `orchestration.checks`.

A finding names at most 20 offenders, by their hash: a URL may hold a visitor's data and never leaves the warehouse this way.
Nothing here changes a row, or raises because of what it finds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.dimensions import ROW_CAP
from clarity_pipeline.clarity.window import ALIGNED_COVERAGE
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OFFENDERS_SHOWN = 20
"""Enough to look a few up; the exact count stands beside them."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a statement holds of a lane: what was seen, what was expected, and the hashes of up to 20 tuples that break it."""

    passed: bool
    actual: float | int | None
    expected: float | int
    offenders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """A statement that can be false. `warns` is for what is Clarity's doing or the hour's, and no fault in the rows."""

    name: str
    description: str
    warns: bool
    judge: Callable[[Rows], Finding]

    def find(self, connection: "DuckDBPyConnection", *, business_id: str, date: date, slice_name: str) -> Finding:
        """Put the query of `sql/checks/<name>.sql` to one lane."""
        lane = {"business_id": business_id, "date": date, "slice": slice_name}
        return self.judge(named(connection.execute(statement(f"checks/{self.name}"), lane)))


def _nobody(rows: Rows) -> Finding:
    hashes = tuple(str(row["dimension_hash"]) for row in rows[:OFFENDERS_SHOWN])
    return Finding(passed=not rows, actual=len(rows), expected=0, offenders=hashes)


def _not_cut(rows: Rows) -> Finding:
    (lane,) = rows
    return Finding(passed=not lane["truncated"], actual=lane["raw_tuples"], expected=ROW_CAP)


def _covered(rows: Rows) -> Finding:
    covered = rows[0]["coverage"] if rows else None
    return Finding(passed=covered is not None and covered >= ALIGNED_COVERAGE, actual=covered, expected=ALIGNED_COVERAGE)


LANE_PROOFS = (
    Proof(
        "rows_are_in_range",
        "No count is negative, percentages are 0 to 100, no more sessions are affected than there are.",
        warns=False,
        judge=_nobody,
    ),
    Proof(
        "no_tuple_is_twice",
        "The key (business_id, date, dimension_hash) is one; no index enforces it.",
        warns=False,
        judge=_nobody,
    ),
    Proof(
        "lane_is_not_cut",
        "No metric came with 1,000 rows, where Clarity cuts without a word; `actual` is the raw tuples that came.",
        warns=True,
        judge=_not_cut,
    ),
    Proof(
        "date_is_covered",
        "The window of the answer covers at least 0.98 of the UTC date; `actual` is NULL while the lane is not loaded.",
        warns=True,
        judge=_covered,
    ),
)


def prove_lane(warehouse: Warehouse, *, business_id: str, date: date, slice_name: str) -> list[tuple[Proof, Finding]]:
    """What each of `LANE_PROOFS` finds in one lane, over one connection."""
    with warehouse.connect(what=f"checking {business_id} {date} {slice_name}", keep=True) as connection:
        return [
            (proof, proof.find(connection, business_id=business_id, date=date, slice_name=slice_name)) for proof in LANE_PROOFS
        ]
