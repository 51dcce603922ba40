"""The panel's copy: what the panel shows of each day, in the state database. Written by `day.publish`.

It holds nothing that the analysts' file does not say, and may be lost at any time: the next `publish` makes it anew. A
date is replaced whole, with the digest of its content in the same transaction, so a crash leaves it old or new, and a reader
never sees half a date.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import (
    publication,
    serving_breakdowns,
    serving_dates,
    serving_days,
    serving_findings,
    serving_regimes,
    serving_site_days,
    serving_urls,
)
from clarity_pipeline.warehouse.published.open_copy import PublishedDate

DAYS_PUBLISHED = 400
"""A year and the month before it, counted back from the newest date."""

DAYS_WITH_URLS = 92
"""The longest span of the dashboard and a little."""

_WHAT_IT_TELLS = "breakdowns:"
"""Before the token of a publication: a copy that tells less than this release does is looked at whole once."""

_TABLES = (serving_dates, serving_days, serving_site_days, serving_urls, serving_breakdowns, serving_findings)


@each_method_again
@dataclass(frozen=True, slots=True)
class PanelCopy:
    """The copy in one state database."""

    state: StateDatabase
    clock: Clock

    def token(self) -> str | None:
        """The publication that it was read out of last; None where that was not finished, or by an older release."""
        with self.state.read() as connection:
            told = connection.scalar(sa.select(publication.c.token).where(publication.c.reader == "panel"))
        said = told.removeprefix(_WHAT_IT_TELLS) if told else None
        return said if said != told else None

    def keep_token(self, token: str | None) -> None:
        """Note that it says what that publication does."""
        with self.state.write() as connection:
            connection.execute(sa.delete(publication).where(publication.c.reader == "panel"))
            if token is not None:
                connection.execute(sa.insert(publication).values(reader="panel", token=_WHAT_IT_TELLS + token))

    def digests(self) -> dict[date, str]:
        """The dates that it has, each with the digest of its content."""
        with self.state.read() as connection:
            rows = connection.execute(sa.select(serving_dates.c.date, serving_dates.c.digest))
            return {row.date: row.digest for row in rows}

    def replace(self, day: date, found: PublishedDate, *, digest: str) -> None:
        """Put one date in the place of what was there."""
        with self.state.write() as connection:
            _forget(connection, [day])
            connection.execute(sa.insert(serving_dates).values(date=day, digest=digest, served_at=self.clock()))
            if found.days:
                connection.execute(sa.insert(serving_days), found.days)
            if found.site_days:
                connection.execute(sa.insert(serving_site_days), found.site_days)
            for table, name, told in (
                (serving_urls, "urls", found.urls),
                (serving_breakdowns, "breakdowns", found.breakdowns),
                (serving_findings, "findings", found.findings),
            ):
                if told:
                    rows = [{"business_id": business_id, "date": day, name: each} for business_id, each in told.items()]
                    connection.execute(sa.insert(table), rows)

    def tell_regimes(self, events: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Make it say these regime events of each business; where it does already, nothing is written."""
        wanted = {business_id: [_as_json(event) for event in found] for business_id, found in events.items()}
        with self.state.read() as connection:
            known = {row.business_id: row.events for row in connection.execute(sa.select(serving_regimes))}
        if known == wanted:
            return
        with self.state.write() as connection:
            connection.execute(sa.delete(serving_regimes))
            if wanted:
                rows = [{"business_id": business_id, "events": found} for business_id, found in wanted.items()]
                connection.execute(sa.insert(serving_regimes), rows)

    def forget(self, days: Collection[date]) -> None:
        """Drop dates that are published no more."""
        with self.state.write() as connection:
            _forget(connection, list(days))


def _forget(connection: sa.Connection, days: Sequence[date]) -> None:
    for table in _TABLES:
        connection.execute(sa.delete(table).where(table.c.date.in_(days)))


def regimes(state: StateDatabase, business_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The regime events of these businesses that have any, by column, oldest first."""
    query = sa.select(serving_regimes).where(serving_regimes.c.business_id.in_(business_ids))
    with state.read() as connection:
        return {row.business_id: [_from_json(event) for event in row.events] for row in connection.execute(query)}


def _as_json(event: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in event.items()}
    return said | {"countries": list(event["countries"])}


def _from_json(event: Mapping[str, Any]) -> dict[str, Any]:
    dates = {name: date.fromisoformat(event[name]) for name in _DATES if event[name] is not None}
    return {**event, **dates, "countries": tuple(event["countries"])}


_DATES = ("started_on", "ended_on", "normal_from", "normal_to")
