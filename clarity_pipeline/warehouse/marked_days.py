"""The days of a site and of some of its pages, as changes are judged by them. Called by `verdicts`; decides nothing."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def marked_days(
    connection: "DuckDBPyConnection", *, business_id: str, urls: Sequence[str], from_date: date, to_date: date
) -> list[dict[str, Any]]:
    """A row a loaded date of the site (`url` None) and of each page, by column; a page that nobody saw has 0 sessions."""
    asked = {"business_id": business_id, "urls": list(urls), "from_date": from_date, "to_date": to_date}
    return named(connection.execute(statement("statements/marked_days"), asked))
