"""Any stretch of time over a site's sessions, and the cache that makes repeated questions cheap.

`SessionLog` is what the answers and the server ask. A session belongs to a window by the instant at which it starts, whole:
its page views and events count there even when they happen after the window's end. Clarity's own rule is not published;
this one makes adjacent windows disjoint, so that a date is the sum of its parts.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial

from clarity_pipeline.simulator.beside import chance_of, jumped, with_no_session
from clarity_pipeline.simulator.cutting import joined, kept
from clarity_pipeline.simulator.disruption import disrupted
from clarity_pipeline.simulator.sessions import EPOCH, MICROSECOND, Sessions, draw_day
from clarity_pipeline.simulator.site import Site

_DAYS_KEPT = 5
_WINDOWS_KEPT = 2
"""A window of three days touches four dates; a date of 40,000 sessions takes 14 MB."""


class SessionLog:
    """The sessions of one site, drawn date by date when they are first asked for; safe to share between threads."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.seed = seed
        self.day = lru_cache(_DAYS_KEPT)(self._day)
        self.window = lru_cache(_WINDOWS_KEPT)(self._window)

    def _day(self, day: date) -> Sessions:
        """The sessions that were drawn, those who have none beside them, and what stands in the way of seeing them."""
        chance = partial(chance_of, self.site, day, self.seed)
        drawn = draw_day(self.site, day, self.seed)
        seen = with_no_session(jumped(drawn, self.site, chance("anchors")), self.site, chance("no session"))
        return disrupted(seen, self.site, day)

    def _window(self, end: datetime, num_of_days: int) -> Sessions:
        """Sessions that start in `(end - num_of_days x 24 h, end]`; `end` is aware."""
        start = end - timedelta(days=num_of_days)
        first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
        days = [self.day(first + timedelta(days=place)) for place in range((last - first).days + 1)]
        low, high = (start - EPOCH) // MICROSECOND, (end - EPOCH) // MICROSECOND
        return joined([kept(each, (low < each.start_us) & (each.start_us <= high)) for each in days])
