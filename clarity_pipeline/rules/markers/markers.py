"""Change markers: when a page or a whole site was changed, as people (or their deployment scripts) say.

Kept by the commands `markers add|list|remove`; read by `markers check` and by the rule engine, which compare the days after a
marker with those before (`rules.spike.change_point`). A marker that is removed stays in the table and is no longer read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.connections.audit import Actor
from clarity_pipeline.connections.business import Business
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.normalize.page_url import page_url
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.markers import change_markers

LONGEST_NOTE = 200
LONGEST_URL = 2000
FURTHEST_AHEAD = timedelta(days=366)
"""A change can be planned; what is further away is a slip of the pen."""

EARLIEST_YEAR = 2015

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WEB = re.compile(r"https?://[^/]", re.IGNORECASE)
_c = change_markers.c


class InvalidMarker(ClarityPipelineError):
    """The marker that was asked for says nothing that could be compared."""

    reason = "invalid_marker"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownMarker(ClarityPipelineError):
    """No marker has that number, or it was removed."""

    reason = "unknown_marker"


@dataclass(frozen=True, slots=True)
class Marker:
    """One change of a business: of the page `url`, spelt like `url_day.url`, or of the whole site where that is None."""

    marker_id: int
    business_id: str
    url: str | None
    at: datetime
    note: str
    author: str
    created_at: datetime

    @property
    def changed_on(self) -> date:
        """The UTC date of the change: half old and half new, so it counts for neither side."""
        return self.at.date()


def markers_of(connection: sa.Connection, business_ids: Iterable[str]) -> dict[str, tuple[Marker, ...]]:
    """The markers of each of these businesses that are not removed, oldest change first; one without any has no entry."""
    found: dict[str, tuple[Marker, ...]] = {}
    for row in connection.execute(_of_businesses(business_ids)):
        marker = _marker(row)
        found[marker.business_id] = (*found.get(marker.business_id, ()), marker)
    return found


class Markers:
    """The markers of one state database, for those who change them."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def add(self, business: Business, *, url: str | None, at: datetime, note: str, author: Actor) -> Marker:
        """Keep a marker; the same one again (a script that is run twice) is the one that is there.

        Raises `InvalidMarker`. `url` becomes canonical, by what the business means by a page.
        """
        values = {
            "business_id": business.business_id,
            "url": None if url is None else _page(url, business),
            "at": self._checked(at),
            "note": _line(note),
        }
        same = [_c[name].is_(None) if value is None else _c[name] == value for name, value in values.items()]
        with self._state.write() as connection:
            stored = connection.execute(sa.select(change_markers).where(_c.removed_at.is_(None), *same)).first()
            if stored is None:
                born = {"author": author, "created_at": self._clock()}
                added = connection.execute(sa.insert(change_markers).values(**values, **born).returning(change_markers))
                stored = added.one()
        return _marker(stored)

    def remove(self, marker_id: int, *, business_id: str | None = None) -> Marker:
        """Take a marker back, with `business_id` only one of that business; raise `UnknownMarker`."""
        mine = sa.true() if business_id is None else _c.business_id == business_id
        there = sa.and_(_c.marker_id == marker_id, _c.removed_at.is_(None), mine)
        with self._state.write() as connection:
            taken = sa.update(change_markers).where(there).values(removed_at=self._clock()).returning(change_markers)
            row = connection.execute(taken).first()
        if row is None:
            raise UnknownMarker(f"no marker has the number {marker_id}; `clarity-pipeline markers list` shows them")
        return _marker(row)

    def _checked(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise InvalidMarker(
                "the instant of a change needs a zone, such as 2026-11-20T14:30:00Z; or give its UTC date alone", field="at"
            )
        if at.year < EARLIEST_YEAR or at > self._clock() + FURTHEST_AHEAD:
            raise InvalidMarker(f"a change is marked from {EARLIEST_YEAR} until a year ahead; check its date", field="at")
        return at


def _of_businesses(business_ids: Iterable[str]) -> sa.Select[Any]:
    mine = _c.business_id.in_(list(business_ids))
    return sa.select(change_markers).where(mine, _c.removed_at.is_(None)).order_by(_c.business_id, _c.at, _c.marker_id)


def _page(url: str, business: Business) -> str:
    if len(url) > LONGEST_URL or _CONTROL.search(url) or not _WEB.match(url.strip()):
        raise InvalidMarker(
            "a page is its whole address, such as https://www.example.com/pricing; none is the whole site", field="url"
        )
    return page_url(url, business.pages.ungrouped())


def _line(note: str) -> str:
    text = note.strip()
    if not text or len(text) > LONGEST_NOTE or _CONTROL.search(text):
        raise InvalidMarker(f"a note is one line of 1 to {LONGEST_NOTE} letters that says what was changed", field="note")
    return text


def _marker(row: sa.Row[Any]) -> Marker:
    return Marker(*(getattr(row, name) for name in Marker.__slots__))
