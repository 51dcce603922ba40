"""The table `clarity_findings`: what is known to be wrong, missing or odd in each lane. Written with the lane, and gone with it.

Called by `lane_rows`, `record`, `load` and `replay`. What follows from the rows is written anew for the whole date, what only the
answer tells with its lane; `since` and `times` follow from the dates beside it. Nothing depends on the order of loads, or on a
clock. What codes there are and what they mean is `trust.codes`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.changes import note_day, note_days_of, note_span, note_table
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.transaction import is_open

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLE = "clarity_findings"
OF_ROWS = ("trust/findings_of_rows", "trust/findings_of_lanes")
"""The selects of what follows from what is loaded, of all businesses and dates: what single rows make, and what whole lanes and
what was said of them make. DuckDB pushes a filter on those two below their sums."""

LOOKED_BACK = timedelta(days=45)
"""A lane that brought nothing for longer has all its dates counted, once it comes again."""

EVERYBODY = "*"
"""In the place of a business: a finding of the whole installation."""

STEP_FAILED = "step_failed"
"""The code of a step that ended with an error that nobody had thought of."""

_INSERT = "insert into clarity_findings by name select *, date as since, 1 as times from ({select}) where {which}"


@dataclass(frozen=True, slots=True)
class OfAnswer:
    """A finding of one lane that its answer tells: code, severity, which metric it is about, and the code's figure."""

    code: str
    severity: str
    metric: str | None
    figure: float | None


def write_of_answer(
    connection: "DuckDBPyConnection", found: Iterable[OfAnswer], *, business_id: str, date: date, slice_name: str
) -> None:
    """Put what the answer of a lane is found to be in the place of what the one before was; the caller has the transaction."""
    lane = {"business_id": business_id, "date": date, "slice": slice_name}
    connection.execute(statement("trust/forget_findings_of_answer"), lane)
    for each in found:
        write_one(connection, each, business_id=business_id, date=date, slice_name=slice_name)
    note_day(connection, business_id=business_id, date=date)


def write_one(connection: "DuckDBPyConnection", found: OfAnswer, *, business_id: str, date: date, slice_name: str) -> None:
    """Add one finding to those of a lane; the caller has the transaction."""
    lane = {"business_id": business_id, "date": date, "slice": slice_name}
    row = {"code": found.code, "severity": found.severity, "metric": found.metric, "figure": found.figure}
    connection.execute(statement("trust/insert_finding"), lane | row)
    note_day(connection, business_id=business_id, date=date)


def forget_failed_steps(
    connection: "DuckDBPyConnection",
    *,
    business_id: str,
    date: date | None = None,
    slice_name: str | None = None,
    metric: str | None = None,
) -> None:
    """Forget, in the caller's transaction, that steps of a lane ended unexpectedly, or of a business.

    They went well since, or say it anew. With `metric` only those are forgotten that said this. Raises `RuntimeError` outside a
    transaction: a kill would leave it forgotten here, and published for ever.
    """
    if not is_open(connection):
        raise RuntimeError("findings are forgotten in a transaction")
    of = {"business_id": business_id, "date": date, "slice": slice_name, "metric": metric, "code": STEP_FAILED}
    for (day,) in connection.execute(statement("trust/forget_failed_steps"), of).fetchall():
        note_day(connection, business_id=business_id, date=day)


def write_of_rows(
    connection: "DuckDBPyConnection", span: Span, *, rows_may_be_wrong: bool = True, lanes_may_be: bool = True
) -> None:
    """Write anew what follows from the rows of dates, once they are reconciled; the caller has the transaction.

    Where no row can be wrong, or no lane, as `trust` knows, they are not asked: it was a fifth of what a lane's load took.
    """
    connection.execute(statement("trust/forget_findings"), span.parameters)
    for name, may_find in zip(OF_ROWS, (rows_may_be_wrong, lanes_may_be), strict=True):
        if may_find:
            connection.execute(_INSERT.format(select=statement(name), which=span.where), span.parameters)
    note_span(connection, span)


def count(connection: "DuckDBPyConnection", *, business_id: str | None = None, changed_on: date | None = None) -> None:
    """Say anew since when each finding of a business, or of all, stands, and on how many dates.

    Where only dates from `changed_on` on have changed, what stands on each lane's date before it is counted already, and only
    those behind it are looked at. The caller has the transaction.
    """
    from_date = None if business_id is None or changed_on is None else _counted_from(connection, business_id, changed_on)
    asked = {"business_id": business_id, "changed_on": changed_on, "from_date": from_date}
    note_days_of(connection, TABLE, connection.execute(statement("trust/count_findings"), asked).fetchall())


def _counted_from(connection: "DuckDBPyConnection", business_id: str, changed_on: date) -> date | None:
    """A date from which on each of its lanes has one before `changed_on`, or began behind it; None where that is too long ago."""
    from_date = changed_on - LOOKED_BACK
    lanes = {"business_id": business_id, "from_date": from_date}
    begin = connection.execute(statement("statements/lanes_begin"), lanes | {"changed_on": changed_on}).fetchall()
    if begin:
        before = lanes | {"slices": [name for (name,) in begin]}
        ((found,),) = connection.execute(statement("statements/lanes_before"), before).fetchall()
        return None if found else from_date
    return from_date


def make_anew(connection: "DuckDBPyConnection") -> None:
    """Write what follows from the rows of all dates, as the select says now, in the caller's transaction."""
    connection.execute(statement("trust/forget_all_findings"))
    for day in connection.execute("select distinct date from clarity_lane_loads order by date").fetchall():
        # all dates at once are more than the memory that a process may use
        for name in OF_ROWS:
            connection.execute(_INSERT.format(select=statement(name), which="date = $date"), {"date": day[0]})
    note_table(connection, TABLE)
    count(connection)
