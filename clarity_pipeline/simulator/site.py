"""What a made-up web site is: its pages, visitors, campaigns, habits and planted regressions, as frozen data.

`sessions.py` draws sessions from it, `presets.py` holds the ready-made ones, tests write their own. A `Site` has no
behaviour and no state: the same site, seed and date always give the same sessions.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Event = Literal["dead_clicks", "rage_clicks", "excessive_scroll", "quick_backs", "script_errors", "error_clicks"]
EVENTS: tuple[Event, ...] = ("dead_clicks", "rage_clicks", "excessive_scroll", "quick_backs", "script_errors", "error_clicks")

EventFactors = tuple[tuple[Event, float], ...]
"""Where rates differ: `(("dead_clicks", 2.5),)`."""

CountsAs = Literal["numbers", "strings", "mixed"]
"""How counts are typed on the wire; all three were captured (`docs/clarity-api.md#spellings`)."""

CountryRegion = Literal["dropped", "accepted", "snapshot"]
"""What becomes of the documented dimension `Country/Region`; nobody was seen to ask for it (`docs/clarity-api.md#unknown`)."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its share of the views, and by which factors its event rates differ from the site's."""

    path: str
    weight: float = 1.0
    rates: EventFactors = ()
    anchors: tuple[str, ...] = ()
    """Places in it that visitors jump to; on the wire each is a page of its own (`docs/clarity-api.md#urls`)."""

    @property
    def title(self) -> str:
        """The document title, told from the path."""
        return self.path.strip("/").replace("-", " ").replace("/", " - ").title() or "Home"


@dataclass(frozen=True, slots=True)
class Platform:
    """A device with its operating system and browser, and its share of the sessions."""

    weight: float
    device: str
    os: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a session comes in, and its share of the sessions.

    None is what the wire sends as null: a direct visit has no source, an untagged one no campaign. `landing` is the page
    of an ad; `tags` are query strings put on it, `click_tags` those that hold a unique click id (`{id}`) and so split one
    page into as many URLs as there are clicks (`docs/clarity-api.md#urls`).
    """

    weight: float
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    channel: str = "Direct"
    referrer: str | None = None
    landing: str | None = None
    tags: tuple[str, ...] = ()
    click_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRate:
    """How often an event happens on a human page view, and how it clusters.

    A view with the event holds a geometric number of them, `cluster` on average; `storm` of such views hold 60 to 100 more,
    the single visitor hammering on one element that fools count-based rules (`docs/design.md#spike`).
    """

    event: Event
    per_view: float
    cluster: float = 1.5
    storm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A planted regression: from a UTC date on, an event's rate on a page (or, with None, on all) is multiplied."""

    event: Event
    factor: float
    from_date: date
    until_date: date | None = None
    page: str | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the change is in force; `until_date` is the first day without it."""
        return self.from_date <= day and (self.until_date is None or day < self.until_date)


DisruptionKind = Literal["consent_missing", "tag_removed", "bot_wave", "host_change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """A planted stretch of UTC dates whose numbers cannot be compared with those before; `until_date` is the first without it.

    Consent missing: each page view becomes a session of its own, of a visitor nobody knows; where `countries` are named, those of
    their visitors alone. Tag removed: nobody is seen. Bot wave: each bot session comes `bots_times`. Host change: the same pages
    on `new_host`.
    """

    kind: DisruptionKind
    from_date: date
    until_date: date | None = None
    bots_times: int = 12
    new_host: str = "moved.example"
    countries: tuple[str, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether it is in force."""
        return self.from_date <= day and (self.until_date is None or day < self.until_date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One Clarity project and the truth behind it; `sessions_a_day` counts humans, 0 makes a site that nobody visits."""

    project_id: str
    host: str
    sessions_a_day: float
    pages: tuple[Page, ...]
    platforms: tuple[Platform, ...]
    arrivals: tuple[Arrival, ...]
    countries: tuple[tuple[str, float], ...]
    rates: tuple[EventRate, ...]
    pages_a_session: float = 2.8
    weekdays: tuple[float, ...] = field(default=(1.06, 1.05, 1.03, 1.02, 0.98, 0.88, 0.98))
    """Factors from Monday to Sunday."""
    sessions_cv: float = 0.1
    """Day-to-day wobble of the number of sessions (gamma), beside the Poisson noise."""
    rates_cv: float = 0.12
    """Day-to-day wobble of each event rate (gamma)."""
    bot_share: float = 0.15
    """Bots among all sessions; they are counted apart (`docs/clarity-api.md#meaning`)."""
    returning_share: float = 0.3
    """Sessions of a visitor who is known, possibly from earlier the same day."""
    odd_url_share: float = 0.06
    """Page views whose URL is not the page's plain one: `/index.html`, a fragment, `http`, ..."""
    click_id_share: float = 0.5
    """Ad landings whose URL holds a unique click id."""
    no_session_share: float = 0.0
    """Visitors who count as users and have no session, as a share of the human sessions, beside the two of every date."""
    changes: tuple[Change, ...] = ()
    disruptions: tuple[Disruption, ...] = ()
    counts_as: CountsAs | None = None
    """Overrides the server's switch for this project."""
    token_expires_at: datetime | None = None
    """When its tokens stop working; None is far away."""
