"""The table `clarity_reconciliation`: what was found of a business and UTC date, written anew.

Called by `day.load` and `replayed_lanes`, in the transaction that replaces a lane, so that rows and what is said of them never
part. What it writes follows from what is loaded and from nothing else: not from the order of loads, not from a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from clarity_pipeline.clarity.window import ALIGNED_COVERAGE
from clarity_pipeline.trust.finding import Finding
from clarity_pipeline.trust.lane_sums import BusinessDay, DaySums, LaneSums, known_day, read_days
from clarity_pipeline.trust.row_sums import RowSums
from clarity_pipeline.trust.statements import STATEMENTS, USERS_FIT
from clarity_pipeline.warehouse import findings
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

_COLUMNS = ("slice_name", "other_slice", "seen", "expected", "tolerance", "passed", "reason", "method")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finding about a statement, as it stands in the table; `as_of` is the later load of the two lanes."""

    statement: str
    finding: Finding
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A business and UTC date: its loaded lanes by slice, and all that was found of them."""

    lanes: Mapping[str, LaneSums]
    findings: tuple[Recorded, ...] = ()

    def about(self, slice_name: str) -> tuple[Recorded, ...]:
        """What concerns one lane, also where it is the one that another is held against."""
        return tuple(each for each in self.findings if slice_name in {each.finding.slice_name, each.finding.other_slice})


def reconcile(
    connection: "DuckDBPyConnection", *, business_id: str, date: date, known: Mapping[str, RowSums] | None = None
) -> Judged:
    """Judge the date's lanes as they are loaded now, write what was found and the findings that follow from the rows.

    What is `known` of lanes' rows is not read again. The caller has the transaction, and counts the findings of the business at
    its end.
    """
    span, day = Span.of_day(business_id, date), (business_id, date)
    sums = known_day(connection, business_id=business_id, date=date, known=known) if known else None
    if known is None or sums is None:
        return reconcile_span(connection, span).get(day, Judged({}))
    judged = Judged(sums.lanes, _found(sums))
    _write(connection, span, {day: judged})
    findings.write_of_rows(
        connection,
        span,
        rows_may_be_wrong=any(known[name].may_be_wrong for name in sums.lanes),
        lanes_may_be=any(each.truncated or each.coverage < ALIGNED_COVERAGE for each in sums.lanes.values())
        or any(_makes_a_finding(each) for each in judged.findings),
    )
    return judged


def _makes_a_finding(each: Recorded) -> bool:
    """Whether it fails, or is of users beyond sessions, who are told also where they are no failure."""
    return each.finding.passed is False or (each.statement == USERS_FIT and bool(each.finding.seen))


def reconcile_span(connection: "DuckDBPyConnection", span: Span) -> dict[BusinessDay, Judged]:
    """The same for every business and date of a span at once, in as many statements."""
    judged = {day: Judged(sums.lanes, _found(sums)) for day, sums in read_days(connection, span).items()}
    _write(connection, span, judged)
    findings.write_of_rows(connection, span)
    return judged


def _write(connection: "DuckDBPyConnection", span: Span, judged: Mapping[BusinessDay, Judged]) -> None:
    import pyarrow

    connection.execute(statement("trust/forget_reconciliation"), span.parameters)
    rows = [
        {"business_id": business_id, "date": date} | _row(each)
        for (business_id, date), of_day in judged.items()
        for each in of_day.findings
    ]
    if rows:
        connection.register("found", pyarrow.Table.from_pylist(rows, schema=_schema()))
        connection.execute("insert into clarity_reconciliation by name from found")


def _found(sums: DaySums) -> tuple[Recorded, ...]:
    return tuple(Recorded(each.name, finding, _as_of(finding, sums.lanes)) for each in STATEMENTS for finding in each.find(sums))


def _as_of(finding: Finding, lanes: Mapping[str, LaneSums]) -> datetime:
    concerned = {finding.slice_name, finding.other_slice}
    return max(lane.loaded_at for name, lane in lanes.items() if name in concerned)


def _row(recorded: Recorded) -> dict[str, object]:
    finding = recorded.finding
    return {
        "statement": recorded.statement,
        "slice": finding.slice_name,
        **{name: getattr(finding, name) for name in _COLUMNS if name != "slice_name"},
        "seen": _float(finding.seen),  # Arrow takes no whole number beyond 2^53 for one
        "expected": _float(finding.expected),
        "ratio": finding.ratio,
        "offenders": list(finding.offenders),
        "as_of": recorded.as_of,
    }


def _float(number: float | None) -> float | None:
    return None if number is None else float(number)


def _schema() -> "pyarrow.Schema":
    import pyarrow as pa

    texts = ("statement", "slice", "other_slice", "reason", "method", "business_id")
    numbers = ("seen", "expected", "ratio", "tolerance")
    return pa.schema(
        [
            ("date", pa.date32()),
            *((name, pa.string()) for name in texts),
            *((name, pa.float64()) for name in numbers),
            ("passed", pa.bool_()),
            ("offenders", pa.list_(pa.string())),
            ("as_of", pa.timestamp("us", tz="UTC")),
        ]
    )
