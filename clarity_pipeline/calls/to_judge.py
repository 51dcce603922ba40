"""Which business-days have changed and were not judged since: a few rows that are written with the change itself.

A run of the rules that is cancelled, fails or is killed leaves them, and the sensor `evaluate_rules` asks again. Marked by
whoever loads a lane, sums a mart or imports a file; settled by `day.evaluate`. Nothing is decided here.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.night import days_to_judge

JUDGED_SLICES = frozenset({"url_device", "totals"})
"""The lanes that rules read, by way of business_day, url_day and site_day."""

_c = days_to_judge.c


@dataclass(frozen=True, slots=True)
class ToJudge:
    """A business-day that waits; `change` tells this change of it from the next."""

    business_id: str
    date: date
    change: str
    since: datetime


def mark(connection: sa.Connection, business_days: Iterable[tuple[str, date]], *, now: datetime) -> None:
    """Note, in the transaction of the change, that these wait to be judged; safe on both databases because a writer is alone."""
    for business_id, day in sorted(set(business_days)):
        connection.execute(sa.delete(days_to_judge).where(_c.business_id == business_id, _c.date == day))
        row = {"business_id": business_id, "date": day, "change": secrets.token_hex(8), "since": now}
        connection.execute(sa.insert(days_to_judge).values(row))


def waiting(connection: sa.Connection) -> list[ToJudge]:
    """Every business-day that waits, by date and business."""
    rows = connection.execute(sa.select(days_to_judge).order_by(_c.date, _c.business_id)).mappings()
    return [ToJudge(**row) for row in rows]


def settle(state: StateDatabase, judged: Collection[ToJudge]) -> None:
    """These are judged, as they were when they were read: one that has changed since goes on waiting."""
    if not judged:
        return
    with state.write() as connection:
        for each in judged:
            same = (_c.business_id == each.business_id, _c.date == each.date, _c.change == each.change)
            connection.execute(sa.delete(days_to_judge).where(*same))
