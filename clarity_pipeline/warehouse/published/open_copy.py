"""What the panel shows, read out of an analysts' copy. Called by `day.publish`, which puts it into the state database.

The copy is read and not the working file, so that nobody waits, and the panel never says what an analyst cannot find. Which
dates differ is told by a digest of their content and not by when they were loaded: `replay` keeps `loaded_at` and may
change every number, `prune` removes dates and changes none.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clarity_pipeline.warehouse.days import newest_date
from clarity_pipeline.warehouse.published import breakdowns as groups
from clarity_pipeline.warehouse.published.published_days import MEASURES
from clarity_pipeline.warehouse.published.worst_urls import packed
from clarity_pipeline.warehouse.regime import all_events
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

URLS_A_DAY = 30
"""Pages kept of a business and date: 30 of 300 hold nearly all sessions with trouble, and 1,000 businesses stay under 1 GB."""


@dataclass(frozen=True, slots=True)
class PublishedDate:
    """One UTC date of all businesses: their days by column, and by business what else is shown.

    That is its worst pages and breakdowns as their `packed` have them, and its findings by column. `site_days` are those of
    whole sites, the measures of each in one object.
    """

    days: list[dict[str, Any]]
    site_days: list[dict[str, Any]]
    urls: dict[str, dict[str, Any]]
    breakdowns: dict[str, dict[str, Any]]
    findings: dict[str, list[dict[str, Any]]]


class Copy:
    """An open analysts' copy."""

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        self._connection = connection

    def newest_date(self) -> date | None:
        """The last date that any lane is loaded for."""
        return newest_date(self._connection)

    def token(self) -> str | None:
        """Which publication it is; None of a file that an older release published."""
        import duckdb

        try:
            found = self._connection.execute("select token from clarity_publications").fetchall()
        except duckdb.CatalogException:
            return None
        return found[0][0] if found else None

    def digests(self, *, days_from: date, urls_from: date, days_to: date = date.max) -> dict[date, str]:
        """Every date from `days_from` on, newest first, with a text that differs when its content does."""
        span = {"days_from": days_from, "urls_from": urls_from, "days_to": days_to}
        digests = named(self._connection.execute(statement("statements/published_digests"), span))
        return {row["date"]: row["digest"] for row in digests}

    def regimes(self) -> dict[str, list[dict[str, Any]]]:
        """Every regime event by business, by column, oldest first."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in all_events(self._connection):
            found[event.pop("business_id")].append(event)
        return dict(found)

    def date(self, day: date, *, with_urls: bool) -> PublishedDate:
        """What is served of one date."""
        days_of_all = statement("statements/published_days")
        days = named(self._connection.execute(f"from ({days_of_all}) where date = $date", {"date": day}))
        for each in days:
            each["devices"] = [[device["device"], device["sessions"]] for device in each["devices"] or ()]
        sites = statement("statements/published_site_days")
        site_days = [
            {name: value for name, value in row.items() if name not in MEASURES}
            | {"measures": {name: row[name] for name in MEASURES}}
            for row in named(self._connection.execute(f"from ({sites}) where date = $date", {"date": day}))
        ]
        urls: dict[str, list[dict[str, Any]]] = defaultdict(list)
        if with_urls:
            asked = {"date": day, "urls_a_day": URLS_A_DAY}
            for page in named(self._connection.execute(statement("statements/published_worst_urls"), asked)):
                urls[page.pop("business_id")].append(page)
        breakdowns: dict[str, list[dict[str, Any]]] = defaultdict(list)
        if with_urls:
            asked = {"date": day, "values_a_day": groups.VALUES_A_DAY}
            for row in named(self._connection.execute(statement("statements/published_breakdowns"), asked)):
                breakdowns[row.pop("business_id")].append(row)
        findings: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for found in named(self._connection.execute(statement("statements/published_findings"), {"date": day})):
            findings[found.pop("business_id")].append({**found, "since": found["since"].isoformat()})
        return PublishedDate(
            days,
            site_days,
            {business_id: packed(pages) for business_id, pages in urls.items()},
            {business_id: groups.packed(rows) for business_id, rows in breakdowns.items()},
            dict(findings),
        )


@contextmanager
def open_copy(path: Path) -> Iterator[Copy]:
    """The copy at `path`, opened for reading; one that is replaced meanwhile stays what it was."""
    import duckdb

    with duckdb.connect(path, read_only=True, config={"threads": 1, "memory_limit": "256MB"}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield Copy(connection)
