"""What was written since a publication, so that publishing costs what changed. Noted by all who write to published tables.

A writer notes business, date and table in the transaction of its rows, so that neither is there without the other; while
nothing was published there is nothing to note. `published.tables` says how each table is brought to the newest state. A writer
that forgets is found by a test that compares the file after random writes with one made whole, and by the counts that `publish`
compares.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.transaction import said_before

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def note_day(connection: "DuckDBPyConnection", *, business_id: str | None, date: date) -> None:
    """Rows of a business and date, or with None of all businesses, were written in any table that tells of dates."""
    _note(connection, None, business_id=business_id, day=date)


def note_span(connection: "DuckDBPyConnection", span: Span) -> None:
    """The same of each date of a span: of its business, or of all where it has several."""
    business_id = span.from_business if span.from_business == span.to_business else None
    for back in range((span.to_date - span.from_date).days + 1):
        note_day(connection, business_id=business_id, date=span.to_date - timedelta(days=back))


def note_changed(connection: "DuckDBPyConnection", *, business_id: str, date: date) -> None:
    """A lane of a business and date is another one: so may be the regime events that were told of it."""
    connection.execute(
        "insert into clarity_changed_days values ($business_id, $date)", {"business_id": business_id, "date": date}
    )


def note_days_of(connection: "DuckDBPyConnection", table: str, days: Iterable[tuple[str, date]]) -> None:
    """Rows of these businesses and dates were written in one table."""
    pairs = sorted(set(days))
    if pairs:
        lists = {"business_ids": [business_id for business_id, _ in pairs], "dates": [day for _, day in pairs]}
        connection.execute(statement("statements/note_days"), {"table_name": table, **lists})


def note_business(connection: "DuckDBPyConnection", table: str, *, business_id: str) -> None:
    """Rows of a business were written in a table that is published by business."""
    _note(connection, table, business_id=business_id, day=None)


def note_table(connection: "DuckDBPyConnection", table: str) -> None:
    """Any row of the table may be another one."""
    _note(connection, table, business_id=None, day=None)


def _note(connection: "DuckDBPyConnection", table: str | None, *, business_id: str | None, day: date | None) -> None:
    noted = {"table_name": table, "business_id": business_id, "date": day}
    if said_before(connection, (_note, *noted.values())):
        return  # the parts of one lane note the same six times, at 1 ms each
    connection.execute(statement("statements/note_change"), noted)
