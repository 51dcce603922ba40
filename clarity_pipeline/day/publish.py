"""Publishing with everything beside it: what the `publish` asset, the command and `sync` call.

The analysts' file comes first; what the panel shows is then read out of it and put into the state database, date by date and
only where it differs.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from clarity_pipeline.alerts.listing import alerts_as_arrow, evaluations_as_arrow
from clarity_pipeline.home import Rooms
from clarity_pipeline.warehouse.lock import hold
from clarity_pipeline.warehouse.published.file import Published, publish
from clarity_pipeline.warehouse.published.open_copy import open_copy
from clarity_pipeline.warehouse.published.serving_copy import DAYS_SERVED, DAYS_WITH_URLS, ServingCopy

if TYPE_CHECKING:
    import pyarrow


def publish_warehouse(rooms: Rooms) -> Published:
    """Copy the working file, with jobs, alerts and evaluations of the state database, to where analysts open it, and serve it."""
    published = publish(rooms.warehouse, rooms.settings.published_file, beside=tables_beside(rooms))
    renew_serving_copy(rooms)
    return published


def renew_serving_copy(rooms: Rooms) -> list[date]:
    """Make the serving copy say what the analysts' file says; the dates that were written, newest first.

    A transaction a date, so that a first copy of a year keeps nobody from the state database for longer than one date takes. One
    process at a time: an older file that is read slowly must not be served over a newer one.
    """
    file = rooms.settings.published_file
    copy = ServingCopy(rooms.state, rooms.clock)
    written = []
    rooms.settings.locks_folder.mkdir(parents=True, exist_ok=True)
    turn = rooms.settings.locks_folder / "serving"
    with hold(turn, wait_seconds=rooms.warehouse.wait_seconds, what="serving"), open_copy(file) as published:
        newest = published.newest_date() or rooms.yesterday()
        urls_from = newest - timedelta(days=DAYS_WITH_URLS - 1)
        wanted = published.digests(days_from=newest - timedelta(days=DAYS_SERVED - 1), urls_from=urls_from)
        known = copy.digests()
        for day, digest in wanted.items():
            if known.get(day) != digest:
                found = published.date(day, with_urls=day >= urls_from)
                copy.replace(day, digest=digest, days=found.days, urls=found.urls)
                written.append(day)
        if gone := known.keys() - wanted.keys():
            copy.forget(gone)
    return written


def tables_beside(rooms: Rooms) -> "dict[str, pyarrow.Table]":
    """Jobs, alerts and evaluations as they are at this moment."""
    return {
        "clarity_sync_jobs": rooms.jobs.as_arrow(),
        "clarity_alerts": alerts_as_arrow(rooms.state),
        "clarity_rule_evaluations": evaluations_as_arrow(rooms.state),
    }
