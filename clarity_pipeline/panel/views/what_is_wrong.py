"""What is wrong with a business in words, the worst first, each linked to where it is mended. Pure; called by `listing`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from clarity_pipeline.connections.badge import Badge, Word
from clarity_pipeline.panel.views.addresses import readable_address
from clarity_pipeline.panel.views.plain_words import in_words
from clarity_pipeline.panel.views.triage import Trouble
from clarity_pipeline.panel.views.wording import capitalised, plural, reason

_CONNECTION = "/connection"
_SYNC_JOBS = "/connection#sync"

_STATES: Mapping[Word, tuple[str, str]] = MappingProxyType(
    {
        "not connected": ("No token is stored", _CONNECTION),
        "reconnect": ("Clarity rejects its token", _CONNECTION),
        "paused": ("Its daily sync is paused", _CONNECTION),
        "stale": ("Nothing new comes through", _SYNC_JOBS),
        "held back": ("The last answers are of another site", _CONNECTION),
        "quota spent": ("The ten calls of today are spent", _SYNC_JOBS),
        "not verified": ("Its token is not tried yet", _CONNECTION),
        "token expires soon": ("Its token expires soon", _CONNECTION),
    }
)
"""Of each badge that is not well: what it means, and the place that mends it. Imports only is nothing that is wrong."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing; `more` are those like it with the place that lists them, `about` a page or an ad from a stranger."""

    words: str
    href: str
    tone: Literal["bad", "warn", "off"]
    about: str = ""
    more: int = 0
    more_href: str = ""


def wrong_of(trouble: Trouble) -> tuple[Wrong, ...]:
    """A connection that brings nothing, then the alerts, then what will stop it, then what the numbers lack."""
    at = f"/businesses/{trouble.status.business.business_id}"
    badge = trouble.status.badge
    state = list(_state(badge, at))
    first = state if badge.tone == "bad" else []
    return (*first, *_alerts(trouble, at), *(each for each in state if each not in first), *_data(trouble, at))


def _state(badge: Badge, at: str) -> Iterator[Wrong]:
    if badge.word in _STATES and badge.tone != "good":
        words, place = _STATES[badge.word]
        if badge.reason == "token_expired":
            words = "Its token has expired"
        if badge.word == "stale":
            words = f"{words}; {reason(badge.reason)}"
        yield Wrong(words, at + place, badge.tone)


def _alerts(trouble: Trouble, at: str) -> Iterator[Wrong]:
    if trouble.alerts:
        worst, more = trouble.alerts[0], len(trouble.alerts) - 1
        tone: Literal["bad", "warn"] = "bad" if worst.severity == "critical" else "warn"
        yield Wrong(worst.name, f"/alerts/{worst.alert_id}", tone, readable_address(worst.about), more, f"{at}/alerts")


def _data(trouble: Trouble, at: str) -> Iterator[Wrong]:
    if trouble.missing_lanes:
        yield Wrong(f"Partly loaded, {plural(trouble.missing_lanes, 'lane')} missing", f"{at}{_SYNC_JOBS}", "warn")
    elif trouble.is_misread:
        yield Wrong("Partly loaded: an answer could not be read whole", f"{at}{_SYNC_JOBS}", "warn")
    if trouble.findings:
        yield Wrong(capitalised(in_words(trouble.worst_finding)), at, "warn", more=trouble.findings - 1, more_href=at)
