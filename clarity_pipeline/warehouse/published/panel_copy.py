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
    serving_dates,
    serving_days,
    serving_findings,
    serving_regimes,
    serving_site_days,
    serving_urls,
)

DAYS_PUBLISHED = 400
"""A year and the month before it, counted back from the newest date."""

DAYS_WITH_URLS = 92
"""The longest span of the dashboard and a little."""

_TABLES = (serving_dates, serving_days, serving_site_days, serving_urls, serving_findings)


@each_method_again
@dataclass(frozen=True, slots=True)
class PanelCopy:
    """The copy in one state database."""

    state: StateDatabase
    clock: Clock

    def token(self) -> str | None:
        """The publication that it was read out of last; None where that was not finished, or by an older release."""
        with self.state.read() as connection:
            return connection.scalar(sa.select(publication.c.token).where(publication.c.reader == "panel"))

    def keep_token(self, token: str | None) -> None:
        """Note that it says what that publication does."""
        with self.state.write() as connection:
            connection.execute(sa.delete(publication).where(publication.c.reader == "panel"))
            if token is not None:
                connection.execute(sa.insert(publication).values(reader="panel", token=token))

    def digests(self) -> dict[date, str]:
        """The dates that it has, each with the digest of its content."""
        with self.state.read() as connection:
            rows = connection.execute(sa.select(serving_dates.c.date, serving_dates.c.digest))
            return {row.date: row.digest for row in rows}

    def replace(
        self,
        day: date,
        *,
        digest: str,
        days: Sequence[Mapping[str, Any]],
        site_days: Sequence[Mapping[str, Any]],
        urls: Mapping[str, Mapping[str, Any]],
        findings: Mapping[str, Sequence[Mapping[str, Any]]],
    ) -> None:
        """Put one date in the place of what was there.

        `days` have the columns of the table; `urls` are packed pages, `findings` rows of the table of findings, by business.
        """
        with self.state.write() as connection:
            _forget(connection, [day])
            connection.execute(sa.insert(serving_dates).values(date=day, digest=digest, served_at=self.clock()))
            if days:
                connection.execute(sa.insert(serving_days), list(days))
            if site_days:
                connection.execute(sa.insert(serving_site_days), list(site_days))
            if urls:
                rows = [{"business_id": business_id, "date": day, "urls": worst} for business_id, worst in urls.items()]
                connection.execute(sa.insert(serving_urls), rows)
            if findings:
                rows = [{"business_id": business_id, "date": day, "findings": found} for business_id, found in findings.items()]
                connection.execute(sa.insert(serving_findings), rows)

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
