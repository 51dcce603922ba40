"""What is wrong with a business's connection: its token, its switch, its share of the day's calls. Pure, out of `Facts`."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.connections.badge import Facts
from clarity_pipeline.connections.business import DISCONNECTED, TOKEN_REJECTED
from clarity_pipeline.connections.credentials import expires_soon
from clarity_pipeline.upkeep.doctor.finding import Finding, Severity

_NEW_TOKEN = "generate a new token in Clarity -> Settings -> Data Export and `clarity-pipeline connect {slug}` with it"  # noqa: S105 - a sentence


class _Rule(NamedTuple):
    code: str
    severity: Severity
    holds: Callable[[Facts], bool]
    sentence: Callable[[Facts], str]
    what_to_do: str


def _connected(facts: Facts) -> bool:
    return facts.business.token_stored


_RULES = (
    _Rule(
        "imports_only",
        "note",
        lambda facts: facts.business.has_imports_alone,
        lambda _: "no Clarity project; imports only",
        "nothing, if it is meant so; `clarity-pipeline connect {slug} --project-id ID` gives it a project",
    ),
    _Rule(
        "not_connected",
        "note",
        lambda facts: not _connected(facts) and not facts.business.has_imports_alone,
        lambda facts: "no token is stored" + (", it was disconnected" if facts.business.disabled_reason == DISCONNECTED else ""),
        "`clarity-pipeline connect {slug}` starts it again, its history is kept; nothing to do if it is meant so",
    ),
    _Rule(
        "token_rejected",
        "error",
        lambda facts: _connected(facts) and facts.business.disabled_reason == TOKEN_REJECTED,
        lambda _: "Clarity answered 401 or 403 to its token, and it was disabled by itself: the token is revoked or expired",
        _NEW_TOKEN,
    ),
    _Rule(
        "token_expired",
        "error",
        lambda facts: _connected(facts) and facts.business.disabled_reason != TOKEN_REJECTED and facts.expired,
        lambda facts: f"its token expired on {facts.business.token_expires_at:%Y-%m-%d}",
        _NEW_TOKEN,
    ),
    _Rule(
        "token_expires_soon",
        "warning",
        lambda facts: _connected(facts) and not facts.expired and expires_soon(facts.business.token_expires_at, now=facts.now),
        lambda facts: f"its token expires on {facts.business.token_expires_at:%Y-%m-%d %H:%M} UTC",
        "generate a new token in Clarity -> Settings -> Data Export and `clarity-pipeline update {slug}` before then",
    ),
    _Rule(
        "paused",
        "note",
        lambda facts: _connected(facts) and not facts.business.enabled and facts.business.disabled_reason != TOKEN_REJECTED,
        lambda facts: (
            f"it is disabled ({facts.business.disabled_reason}): nothing is fetched, and rules on clarity_* do not fire"
        ),
        "`clarity-pipeline enable {slug}` resumes the daily sync",
    ),
    _Rule(
        "stale",
        "error",
        lambda facts: _connected(facts) and facts.business.enabled and not facts.expired and facts.stale,
        lambda facts: (
            f"no lane has come through since {facts.quiet_since:%Y-%m-%d %H:%M} UTC"
            + (
                f"; the latest try ended with {facts.stale_reason}"
                if facts.stale_reason != "not_run"
                else "; nobody has tried since"
            )
        ),
        "`clarity-pipeline jobs --business {slug}` has the reason of each lane",
    ),
    _Rule(
        "quota_spent",
        "note",
        lambda facts: _connected(facts) and facts.business.enabled and facts.calls_used_today >= CALLS_A_DAY,
        lambda _: "the ten calls of this UTC day are spent",
        "wait: it goes on after 00:00 UTC; `clarity-pipeline quota` shows who took them",
    ),
    _Rule(
        "not_verified",
        "note",
        lambda facts: _connected(facts) and facts.business.enabled and not facts.expired and not facts.verified,
        lambda _: "its token has not been used yet",
        "the next daily sync will tell, or `clarity-pipeline test {slug}` now, which takes one call",
    ),
)


def connection_findings(facts: Facts) -> Iterator[Finding]:
    """All that hold, not only the first."""
    for rule in _RULES:
        if rule.holds(facts):
            slug = facts.business.business_id
            yield Finding(rule.code, rule.severity, slug, rule.sentence(facts), rule.what_to_do.format(slug=slug))


def sharing_findings(by_quota_key: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Businesses that live on one project's ten calls; their sentences name each other, so no client reads them."""
    for slugs in by_quota_key.values():
        for slug in slugs:
            if others := ", ".join(each for each in slugs if each != slug):
                yield Finding(
                    "project_shared",
                    "note",
                    slug,
                    f"it shares the ten calls a day of one Clarity project with {others}",
                    "nothing, if it is meant; else connect one of them with a token of its own project",
                    for_client=False,
                )
