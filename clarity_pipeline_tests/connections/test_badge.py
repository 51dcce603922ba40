"""The badge: each word from its facts, the first fact in the way before all others, and the same from the database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.connections.badge import STALE_AFTER, WORDS, Badge, Facts, badge_of
from clarity_pipeline.connections.business import Business

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
THIS_MORNING = NOW.replace(hour=0, minute=6)
FINE = Business(
    business_id="acme",
    name="Acme",
    project_id="abc1234",
    quota_key="k",
    token_stored=True,
    token_expires_at=NOW + timedelta(days=100),
    token_stored_at=NOW - timedelta(days=30),
    token_fingerprint="f00dcafe",
    enabled=True,
    enabled_at=NOW - timedelta(days=30),
    disabled_reason=None,
    shared_allowed=False,
    kept_query_parameters=(),
    created_at=NOW - timedelta(days=60),
    updated_at=NOW - timedelta(days=1),
    keep_path_ids=False,
    totals=False,
    back_off=False,
)


def facts(
    *, used: int = 4, answered: datetime | None = THIS_MORNING, synced: datetime | None = THIS_MORNING, **changes: Any
) -> Facts:
    reason, job_at = changes.pop("last_reason", None), changes.pop("last_job_at", synced)
    business = replace(FINE, **changes)
    return Facts(business, NOW, used, last_answer_at=answered, last_synced_at=synced, last_reason=reason, last_job_at=job_at)


def badge(**changes: Any) -> Badge:
    return badge_of(facts(**changes))


LONG_AGO = NOW - timedelta(days=3)
NO_TOKEN = {"quota_key": None, "token_stored": False, "enabled": False, "disabled_reason": "disconnected"}
REJECTED = {"enabled": False, "disabled_reason": "token_rejected"}
EXPIRED = {"token_expires_at": NOW - timedelta(hours=13)}
PAUSED = {"enabled": False, "disabled_reason": "paused"}
STALE = {"synced": LONG_AGO}
SPENT = {"used": 10}
NEW = {"answered": None}
SOON = {"token_expires_at": NOW + timedelta(days=9, hours=5)}

PRECEDENCE: tuple[tuple[dict[str, Any], str, str | None, str, str], ...] = (
    (NO_TOKEN, "not connected", "disconnected", "off", "Not connected"),
    (REJECTED, "reconnect", "token_rejected", "bad", "Rejected (reconnect)"),
    (EXPIRED | {"answered": LONG_AGO}, "reconnect", "token_expired", "bad", "Expired (reconnect)"),
    (PAUSED, "paused", "paused", "off", "Paused"),
    (STALE, "stale", "not_run", "bad", "Stale for 72 h"),
    (SPENT, "quota spent", "quota_spent", "warn", "Quota spent until 00:00 UTC"),
    (NEW, "not verified", None, "warn", "Not verified"),
    (SOON, "token expires soon", "token_expires_soon", "warn", "Token expires in 9 days"),
    ({}, "connected", None, "good", "Connected"),
)


@pytest.mark.parametrize(("changes", "word", "reason", "tone", "label"), PRECEDENCE, ids=lambda each: str(each)[:20])
def test_each_fact_has_its_word(changes: dict[str, Any], word: str, reason: str | None, tone: str, label: str) -> None:
    found = badge(**changes)
    assert (found.word, found.reason, found.tone, found.label) == (word, reason, tone, label)
    assert bool(found.advice) == (word != "connected")


@pytest.mark.parametrize("first", range(len(PRECEDENCE)))
def test_the_first_fact_in_the_way_wins_over_all_that_come_after_it(first: int) -> None:
    together: dict[str, Any] = {}
    for changes, *_ in reversed(PRECEDENCE[first:]):
        together |= changes
    assert badge(**together).label == PRECEDENCE[first][4]


@pytest.mark.parametrize(
    ("hours", "days", "label"),
    [(14 * 24 + 23, 14, "Token expires in 14 days"), (15 * 24, 15, "Connected"), (30, 1, "Token expires within 48 hours"),
     (3, 0, "Token expires within 24 hours")],
)  # fmt: skip
def test_the_last_fourteen_days_of_a_token_are_counted_down(hours: int, days: int, label: str) -> None:
    assert badge(token_expires_at=NOW + timedelta(hours=hours)).label == label


def test_a_token_that_works_past_its_date_is_believed_and_not_its_date() -> None:
    assert badge(**EXPIRED, answered=NOW - timedelta(hours=14)).reason == "token_expired"
    assert badge(**EXPIRED, answered=NOW - timedelta(hours=12)).word == "connected"


def test_an_answer_to_an_older_token_verifies_nothing() -> None:
    assert badge(token_stored_at=THIS_MORNING + timedelta(minutes=1)).word == "not verified"
    assert badge(token_stored_at=THIS_MORNING).word == "connected"


@pytest.mark.parametrize("since", ["synced", "enabled_at", "token_stored_at"])
def test_who_was_enabled_or_reconnected_has_a_day_and_a_half_before_it_is_late(since: str) -> None:
    quiet: dict[str, Any] = {"synced": LONG_AGO, "enabled_at": LONG_AGO, "token_stored_at": LONG_AGO, "created_at": LONG_AGO}
    assert badge(**quiet).word == "stale"
    assert badge(**{**quiet, since: NOW - STALE_AFTER}).word == "connected"
    assert badge(**{**quiet, since: NOW - STALE_AFTER - timedelta(seconds=1)}).word == "stale"


def test_stale_has_the_reason_of_the_latest_job_or_says_that_none_was_tried() -> None:
    late: dict[str, Any] = {"synced": LONG_AGO, "last_reason": "quota_spent"}
    assert badge(**late, last_job_at=THIS_MORNING).reason == "quota_spent"
    assert badge(**late, last_job_at=LONG_AGO).reason == "not_run"
    assert badge(**{**late, "last_reason": None}, last_job_at=THIS_MORNING).reason == "not_run"


instants = st.none() | st.integers(-100, 100).map(lambda hours: NOW + timedelta(hours=hours))


@given(
    quota_key=st.sampled_from(["k", None]),
    token_stored=st.booleans(),
    enabled=st.booleans(),
    enabled_at=instants,
    used=st.integers(0, 10),
    answered=instants,
    synced=instants,
    token_expires_at=instants,
    token_stored_at=instants,
    last_job_at=instants,
    disabled_reason=st.sampled_from([None, "paused", "token_rejected", "disconnected", "of a later version"]),
    last_reason=st.sampled_from([None, "unavailable"]),
)
def test_whatever_the_facts_there_is_one_badge_and_good_news_only_when_all_is_well(**changes: Any) -> None:
    found, known = badge(**changes), facts(**changes)
    assert found.word in WORDS
    if found.tone == "good":
        assert known.verified
        assert not known.stale
        assert not known.expired
        assert known.business.enabled
    if not known.business.enabled:
        assert found.tone in {"off", "bad"}
