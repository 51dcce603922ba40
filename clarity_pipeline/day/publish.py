"""Publishing with everything beside it: the last step of a day.

The analysts' file comes first; what the panel shows is then read out of it and put into the state database, date by date and
only where it differs.
"""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from clarity_pipeline.day.known_less import refuse_if_less
from clarity_pipeline.home import Home
from clarity_pipeline.state.arrow import table_as_arrow
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.warehouse.lock import hold
from clarity_pipeline.warehouse.published.file import Published, publish
from clarity_pipeline.warehouse.published.open_copy import open_copy
from clarity_pipeline.warehouse.published.panel_copy import DAYS_PUBLISHED, DAYS_WITH_URLS, PanelCopy

if TYPE_CHECKING:
    import pyarrow


def publish_warehouse(home: Home) -> Published:
    """Copy the working file, with jobs, alerts and evaluations beside it, to where analysts open it, and to the panel."""
    loaded = refuse_if_less(home)
    published = publish(home.warehouse, home.settings.published_file, beside=tables_beside(home.state))
    home.ledger.prove(loaded)
    renew_panel_copy(home)
    return published


def renew_panel_copy(home: Home) -> list[date]:
    """Make the panel's copy say what the analysts' file says; the dates that were written, newest first.

    A transaction a date, so that a first copy of a year keeps nobody from the state database for longer than one date takes. One
    process at a time: an older file that is read slowly must not take the place of a newer one.
    """
    file = home.settings.published_file
    copy = PanelCopy(home.state, home.clock)
    written = []
    home.settings.locks_folder.mkdir(parents=True, exist_ok=True)
    turn = home.settings.locks_folder / "serving"
    with hold(turn, wait_seconds=home.warehouse.wait_seconds, what="publishing"), open_copy(file) as published:
        newest = published.newest_date() or home.yesterday()
        urls_from = newest - timedelta(days=DAYS_WITH_URLS - 1)
        wanted = published.digests(days_from=newest - timedelta(days=DAYS_PUBLISHED - 1), urls_from=urls_from)
        known = copy.digests()
        for day, digest in wanted.items():
            if known.get(day) != digest:
                found = published.date(day, with_urls=day >= urls_from)
                copy.replace(
                    day, digest=digest, days=found.days, site_days=found.site_days, urls=found.urls, findings=found.findings
                )
                written.append(day)
        if gone := known.keys() - wanted.keys():
            copy.forget(gone)
        copy.tell_regimes(published.regimes())
    return written


def tables_beside(state: StateDatabase) -> "dict[str, pyarrow.Table]":
    """Jobs, alerts and evaluations as they are at this moment."""
    return {
        "clarity_sync_jobs": table_as_arrow(state, sync_jobs),
        "clarity_alerts": table_as_arrow(state, alerts),
        "clarity_rule_evaluations": table_as_arrow(state, rule_evaluations),
    }
