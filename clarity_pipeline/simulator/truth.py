"""What really happened on a site on a UTC date, counted slowly and plainly, outside HTTP.

Tests (the warehouse's, the rules', the simulator's own) compare with it what came through the wire. It shares the sessions
with `answers.py` and none of its counting, so that a mistake there cannot hide here; 3,000 sessions take 0.1 s.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from clarity_pipeline.simulator.sessions import BOT, HUMAN, NO_SESSION, Label, Sessions
from clarity_pipeline.simulator.site import EVENTS, Event
from clarity_pipeline.simulator.window import SessionLog


@dataclass(slots=True)
class Tally:
    """One tuple of dimension values. Sums over its own page views, but `pages` is the whole sessions' page count."""

    sessions: int = 0
    bot_sessions: int = 0
    users: set[int] = field(default_factory=set)
    visits_without_session: int = 0
    pages: int = 0
    views: int = 0
    scroll: float = 0.0
    active_s: int = 0
    total_s: int = 0
    events: dict[Event, int] = field(default_factory=lambda: dict.fromkeys(EVENTS, 0))
    event_views: dict[Event, int] = field(default_factory=lambda: dict.fromkeys(EVENTS, 0))
    event_sessions: dict[Event, int] = field(default_factory=lambda: dict.fromkeys(EVENTS, 0))

    @property
    def distinct_users(self) -> int:
        """Visitors with a human session or with a visit without a URL."""
        return len(self.users)

    @property
    def pages_per_session(self) -> float | None:
        """Pages of the whole sessions, not of the tuple."""
        return self.pages / self.sessions if self.sessions else None

    @property
    def pages_per_session_sent(self) -> float | None:
        """What Clarity says of them: also where no visitor has a session, as of the `Url: null` row, which means nothing."""
        return 1.0 if not self.sessions and self.visits_without_session else self.pages_per_session

    @property
    def scroll_depth(self) -> float | None:
        """Percent a page view."""
        return self.scroll / self.views if self.views else None

    @property
    def active_s_per_session(self) -> float | None:
        """Seconds a session."""
        return self.active_s / self.sessions if self.sessions else None

    @property
    def total_s_per_session(self) -> float | None:
        """Seconds a session."""
        return self.total_s / self.sessions if self.sessions else None


class Truth:
    """A date's sessions, ready to be counted in any way."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @property
    def total(self) -> Tally:
        """The whole site, each session once."""
        return self.by().get((), Tally())

    def by(self, *dimensions: str) -> dict[tuple[Label, ...], Tally]:
        """Tallies by raw dimension values (our names: `url`, `device`, ...), bot-only and null tuples included."""
        sessions = self._sessions
        tallies: dict[tuple[Label, ...], Tally] = defaultdict(Tally)
        labels = [[sessions.values[name][code] for code in sessions.codes(name).tolist()] for name in dimensions]
        for session, views in self._visits():
            kind, user = int(sessions.kind[session]), int(sessions.user[session])
            seen: set[tuple[Label, ...]] = set()
            hit: set[tuple[tuple[Label, ...], Event]] = set()
            for view in views:
                key = tuple(column[view] for column in labels)
                tally = tallies[key]
                if key not in seen:
                    seen.add(key)
                    if kind == BOT:
                        tally.bot_sessions += 1
                    else:
                        tally.users.add(user)
                    if kind == NO_SESSION:
                        tally.visits_without_session += 1
                    if kind == HUMAN:
                        tally.sessions += 1
                        tally.pages += len(views)
                if kind == HUMAN:
                    tally.views += 1
                    tally.scroll += float(sessions.scroll[view])
                    tally.active_s += int(sessions.active_s[view])
                    tally.total_s += int(sessions.total_s[view])
                for line, event in enumerate(EVENTS):
                    events = int(sessions.events[line, view])
                    if events:
                        tally.events[event] += events
                        tally.event_views[event] += 1
                        if (key, event) not in hit:
                            hit.add((key, event))
                            tally.event_sessions[event] += 1
        return dict(tallies)

    def _visits(self) -> Iterator[tuple[int, range]]:
        start = 0
        for session, pages in enumerate(self._sessions.pages.tolist()):
            yield session, range(start, start + pages)
            start += pages


def truth(log: SessionLog, day: date) -> Truth:
    """The truth of a UTC date, midnight to midnight."""
    return Truth(log.day(day))
