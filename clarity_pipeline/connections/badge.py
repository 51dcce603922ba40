"""What a person sees of a connection in one word, derived from facts and never stored, so that it cannot contradict them.

Asked by `status`, which gathers the facts, for the command line, the panel and the portal alike. Pure: no clock, no database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.connections.business import DISCONNECTED, TOKEN_REJECTED, WITHOUT_CLARITY, Business
from clarity_pipeline.connections.credentials import days_left, expires_soon

STALE_AFTER = timedelta(hours=36)
"""A day's lanes come through soon after 00:00 UTC; who has seen none by noon of the next day has missed one."""

OTHER_SITE = "other_site"
"""The reason of a lane that is held back (`calls.held_back`)."""

Word = Literal[
    "imports only", "not connected", "reconnect", "paused", "stale", "held back", "quota spent", "not verified",
    "token expires soon", "connected",
]  # fmt: skip

Tone = Literal["good", "warn", "bad", "off"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a badge is derived from, at the instant `now`.

    `last_answer_at` is when the project's token last brought an answer, `last_synced_at` when Clarity gave what is loaded of the
    newest date: no reload of kept answers moves it.
    `last_reason` is why the latest job of the newest date did not come through, None when it did or when there is none.
    """

    business: Business
    now: datetime
    calls_used_today: int
    last_answer_at: datetime | None
    last_synced_at: datetime | None
    last_reason: str | None
    last_job_at: datetime | None

    @property
    def verified(self) -> bool:
        """Whether Clarity has answered since the token was stored."""
        answered_at, stored_at = self.last_answer_at, self.business.token_stored_at
        return answered_at is not None and (stored_at is None or answered_at >= stored_at)

    @property
    def expired(self) -> bool:
        """Whether the token says so of itself, and no answer since then proves it wrong."""
        expires_at, answered_at = self.business.token_expires_at, self.last_answer_at
        return (
            expires_at is not None and expires_at <= self.now and not (self.verified and answered_at and answered_at > expires_at)
        )

    @property
    def quiet_since(self) -> datetime:
        """Since when no lane has come through although one could have: the last one, or when the present connection began."""
        business = self.business
        known = (self.last_synced_at, business.enabled_at, business.token_stored_at, business.created_at)
        return max(each for each in known if each is not None)

    @property
    def stale(self) -> bool:
        """Whether the day's lanes are overdue."""
        return self.now - self.quiet_since > STALE_AFTER

    @property
    def is_held_back(self) -> bool:
        """Whether the last answer is of another site, and nobody has said anything of the site since."""
        site, tried_at = self.business.site, self.last_job_at
        is_released = site is not None and tried_at is not None and tried_at < site.changed_at
        return self.last_reason == OTHER_SITE and not is_released

    @property
    def stale_reason(self) -> str:
        """The reason of the latest job; `not_run` when nobody has even tried since the last lane came through."""
        tried = self.last_job_at is not None and self.last_job_at > self.quiet_since
        return (self.last_reason if tried else None) or "not_run"


@dataclass(frozen=True, slots=True)
class Badge:
    """One word, how it is coloured, what people read, and what they can do; `reason` is a stable code, None when all is well."""

    word: Word
    reason: str | None
    tone: Tone
    label: str
    advice: str


def badge_of(facts: Facts) -> Badge:
    """The first rule of the table that holds."""
    rule = next(rule for rule in _RULES if rule.holds(facts))
    return Badge(rule.word, rule.reason(facts), rule.tone, rule.label(facts), rule.advice)


def _expires_in(facts: Facts) -> str:
    expires_at = facts.business.token_expires_at or facts.now
    days = days_left(expires_at, now=facts.now)
    return f"Token expires in {days} days" if days > 1 else f"Token expires {'within 48 hours' if days else 'within 24 hours'}"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row of the table below; a `label` and `reason` that depend on the facts are functions of them."""

    word: Word
    holds: Callable[[Facts], bool]
    reason: Callable[[Facts], str | None]
    tone: Tone
    label: Callable[[Facts], str]
    advice: str


_RULES = (
    _Rule(
        "imports only",
        lambda facts: facts.business.has_imports_alone,
        lambda _: WITHOUT_CLARITY,
        "off",
        lambda _: "No Clarity project; imports only",
        "no Clarity project; imports only: rules on what is imported are asked, and `connect` gives it a project at any time",
    ),
    _Rule(
        "not connected",
        lambda facts: facts.business.quota_key is None or not facts.business.token_stored,
        lambda facts: facts.business.disabled_reason or DISCONNECTED,
        "off",
        lambda _: "Not connected",
        "no token is stored; connect it to start again, the history is kept",
    ),
    _Rule(
        "reconnect",
        lambda facts: facts.business.disabled_reason == TOKEN_REJECTED,
        lambda _: TOKEN_REJECTED,
        "bad",
        lambda _: "Rejected (reconnect)",
        "Clarity rejects the token, or it has expired; connect again with a fresh one",
    ),
    _Rule(
        "reconnect",
        lambda facts: facts.expired,
        lambda _: "token_expired",
        "bad",
        lambda _: "Expired (reconnect)",
        "the token has expired; connect again with a fresh one",
    ),
    _Rule(
        "paused",
        lambda facts: not facts.business.enabled,
        lambda facts: facts.business.disabled_reason or "disabled",
        "off",
        lambda _: "Paused",
        "nothing is fetched while it is paused; enable it to resume the daily sync",
    ),
    _Rule(
        "stale",
        lambda facts: facts.stale,
        lambda facts: facts.stale_reason,
        "bad",
        lambda facts: f"Stale for {(facts.now - facts.quiet_since) // timedelta(hours=1)} h",
        "no lane has come through for more than 36 hours; `clarity-pipeline doctor` says why",
    ),
    _Rule(
        "held back",
        lambda facts: facts.is_held_back,
        lambda _: OTHER_SITE,
        "bad",
        lambda _: "Held back: another site",
        "the last answers are of another site and not loaded: if that is meant, `accept` it, else connect its own project",
    ),
    _Rule(
        "quota spent",
        lambda facts: facts.calls_used_today >= CALLS_A_DAY,
        lambda _: "quota_spent",
        "warn",
        lambda _: "Quota spent until 00:00 UTC",
        "the ten calls of this UTC day are spent; it goes on after 00:00 UTC",
    ),
    _Rule(
        "not verified",
        lambda facts: not facts.verified,
        lambda _: None,
        "warn",
        lambda _: "Not verified",
        "the token has not been used yet; a test spends one call to verify it, or the next daily sync will tell",
    ),
    _Rule(
        "token expires soon",
        lambda facts: not facts.expired and expires_soon(facts.business.token_expires_at, now=facts.now),
        lambda _: "token_expires_soon",
        "warn",
        lambda facts: _expires_in(facts),
        "generate a new token in Clarity -> Settings -> Data Export and store it before the old one ends",
    ),
    _Rule("connected", lambda _: True, lambda _: None, "good", lambda _: "Connected", ""),
)
"""From the fact that must be put right first to the one that can wait: without a token nothing else matters, a token that is
refused must be replaced also where somebody has paused, who is paused is not late, and who is late for a day and a half will not
be cured by waiting for midnight. The last one always holds."""

WORDS: tuple[Word, ...] = tuple(dict.fromkeys(rule.word for rule in _RULES))
