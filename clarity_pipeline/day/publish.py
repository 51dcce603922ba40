"""Publishing with everything beside it: the last step of a day.

The analysts' file comes first; what the panel shows is then read out of it and put into the state database, date by date and
only where it differs.
"""

import time
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta

from clarity_pipeline.day.known_less import refuse_if_less
from clarity_pipeline.home import Home
from clarity_pipeline.state.again import again
from clarity_pipeline.warehouse.lock import hold
from clarity_pipeline.warehouse.published.file import Published, publish
from clarity_pipeline.warehouse.published.open_copy import Copy, open_copy
from clarity_pipeline.warehouse.published.panel_copy import DAYS_PUBLISHED, DAYS_WITH_URLS, PanelCopy


def publish_warehouse(home: Home, *, whole: bool = False) -> Published:
    """Bring the file that analysts open, and the panel's copy, to what is known now, jobs, alerts and evaluations beside it.

    The seconds that it gives are those of both. With `whole` the file is made from nothing. Where the state's server goes away,
    what was being done with it is done again, and not the whole.
    """
    started = time.perf_counter()
    settings = home.settings
    loaded = refuse_if_less(home)
    published = again(
        lambda: publish(
            home.warehouse, settings.published_file, state=home.state, payload_days=settings.payload_days, whole=whole
        )
    )
    home.ledger.prove(loaded)
    renew_panel_copy(home, published)
    return replace(published, seconds=time.perf_counter() - started)


def renew_panel_copy(home: Home, published: Published | None = None) -> list[date]:
    """Make the panel's copy say what the analysts' file says; the dates that were written, newest first.

    Where the copy has the publication before, only the dates with changes since are looked at; else all. A transaction a date,
    so that a first copy of a year keeps nobody from the state database for longer than one date takes. One process at a time: an
    older file that is read slowly must not take the place of a newer one.
    """
    copy = PanelCopy(home.state, home.clock)
    written = []
    home.settings.locks_folder.mkdir(parents=True, exist_ok=True)
    turn = home.settings.locks_folder / "serving"
    with (
        hold(turn, wait_seconds=home.warehouse.wait_seconds, what="publishing"),
        open_copy(home.settings.published_file) as file,
    ):
        newest = file.newest_date() or home.yesterday()
        days_from = newest - timedelta(days=DAYS_PUBLISHED - 1)
        urls_from = newest - timedelta(days=DAYS_WITH_URLS - 1)
        known = copy.digests()
        looked_at = None
        if published is not None and published.dates is not None and published.before == copy.token():
            looked_at = _to_look_at(known, published.dates, newest=newest, urls_from=urls_from)
        wanted = _digests(file, looked_at, days_from=days_from, urls_from=urls_from)
        for day, digest in wanted.items():
            if known.get(day) != digest:
                found = file.date(day, with_urls=day >= urls_from)
                copy.replace(day, found, digest=digest)
                written.append(day)
        kept = wanted.keys() if looked_at is None else known.keys() - looked_at | wanted.keys()
        if gone := {day for day in known if day not in kept or day < days_from}:
            copy.forget(gone)
        copy.tell_regimes(file.regimes())
        copy.keep_token(file.token())
    return written


def _to_look_at(known: Collection[date], changed: Iterable[date], *, newest: date, urls_from: date) -> set[date] | None:
    """Dates with changes, and those whose pages are shown no more, since another date is the newest; None for all."""
    if newest < max(known, default=newest):
        return None
    before = max(known, default=newest) - timedelta(days=DAYS_WITH_URLS - 1)
    return {*changed, *(before + timedelta(days=each) for each in range((urls_from - before).days))}


def _digests(file: Copy, dates: set[date] | None, *, days_from: date, urls_from: date) -> dict[date, str]:
    if dates is None:
        return file.digests(days_from=days_from, urls_from=urls_from)
    found: dict[date, str] = {}
    for day in sorted((each for each in dates if each >= days_from), reverse=True):
        found |= file.digests(days_from=day, urls_from=max(day, urls_from), days_to=day)
    return found
