"""What a person sees of a connection: one word, derived from facts each time and never stored, so it cannot contradict them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from clarity_pipeline.businesses.connections import TOKEN_REJECTED, Business
from clarity_pipeline.businesses.quota import Quota
from clarity_pipeline.businesses.sync_jobs import SyncJobs
from clarity_pipeline.settings import Clock

Word = Literal["connected", "not verified", "reconnect", "paused", "not connected", "quota spent"]

ADVICE: dict[Word, str] = {
    "connected": "",
    "not verified": "the token has not been used yet; `clarity-pipeline test` spends one call to verify it",
    "reconnect": "Clarity rejects the token, or it has expired; connect again with a fresh one",
    "paused": "`clarity-pipeline enable` resumes the daily sync",
    "not connected": "no token is stored; `clarity-pipeline connect` to start again, the history is kept",
    "quota spent": "the ten calls of this UTC day are spent; it goes on after 00:00 UTC",
}


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """A business as `status` shows it; `reason` is a stable code where something is in the way, else None."""

    business: Business
    word: Word
    reason: str | None
    last_synced_at: datetime | None
    calls_used_today: int
    calls_left_today: int


def connection_status(business: Business, *, quota: Quota, jobs: SyncJobs, clock: Clock) -> ConnectionStatus:
    """Derive the word from the config, the ledger and the jobs; the first fact in the way wins."""
    key = business.quota_key
    word, reason = _word(business, quota=quota, now=clock())
    return ConnectionStatus(
        business=business,
        word=word,
        reason=reason,
        last_synced_at=jobs.last_synced_at(business.business_id),
        calls_used_today=quota.used_today(key) if key else 0,
        calls_left_today=quota.left_today(key) if key else 0,
    )


def _word(business: Business, *, quota: Quota, now: datetime) -> tuple[Word, str | None]:
    key = business.quota_key
    if key is None or not business.token_stored:
        return "not connected", business.disabled_reason or "disconnected"
    if business.disabled_reason == TOKEN_REJECTED:
        return "reconnect", TOKEN_REJECTED
    if business.token_expires_at is not None and business.token_expires_at <= now:
        return "reconnect", "token_expired"
    if not business.enabled:
        return "paused", business.disabled_reason or "disabled"
    if quota.left_today(key) == 0:
        return "quota spent", "quota_spent"
    answered_at, stored_at = quota.last_answer_at(key), business.token_stored_at
    if answered_at is None or (stored_at is not None and answered_at < stored_at):
        return "not verified", None
    return "connected", None
