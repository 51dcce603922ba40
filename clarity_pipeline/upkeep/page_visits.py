"""Which addresses were visited, raw, as the vault has them: what page settings are judged by. Spends no call, loads nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clarity_pipeline.calls.own_answer import in_vault
from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.connections.business import Business
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.hosts import visits_in
from clarity_pipeline.vault.stored_answer import VaultDamaged

_URL_LANE = SLICES["url_device"]


@dataclass(frozen=True, slots=True)
class PageVisits:
    """Human sessions by raw URL over some dates, the newest last; an address that bots alone came to has 0.

    The keys are as Clarity sent them, with all that visitors carry in them: they are for counting, and shown to nobody.
    """

    dates: tuple[date, ...]
    by_url: Mapping[str, int]


def page_visits(home: Home, business: Business, *, days: int) -> PageVisits:
    """What the newest `days` dates of the vault tell; a date that a pair of longer answers tells is left out."""
    stored = {day for day, business_id in home.vault.business_days() if business_id == business.business_id}
    dates: list[date] = []
    visits: Counter[str] = Counter()
    for day in sorted(stored, reverse=True):
        if len(dates) == days:
            break
        try:
            own = in_vault(home.vault, home.jobs, business, date=day, asked=_URL_LANE).own
        except VaultDamaged:
            continue
        if own is None or own.shorter is not None:
            continue
        dates.append(day)
        for url, sessions, _ in visits_in(own.answer):
            visits[url] += sessions
    return PageVisits(tuple(reversed(dates)), visits)
