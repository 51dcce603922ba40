"""Numbers, dates and codes in words that people read. Pure; called by `views` and `pages`, and as filters by templates.

A code that has no words here is shown as it is, with blanks: a new reason must never break a page.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import pass_context
from jinja2.runtime import Context

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.connections.audit import PIPELINE
from clarity_pipeline.connections.badge import Word
from clarity_pipeline.panel.views.addresses import readable_address
from clarity_pipeline.panel.views.charts import Value
from clarity_pipeline.warehouse.published.published_days import Counted

NOTHING = "–"
"""Where there is no value: not a zero."""

LANES: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"by {' and '.join(asked.dimension_names[1:])}" for name, asked in DAILY_SLICES.items()},
        TOTALS.name: "totals",
    }
)
"""A lane in a sentence; each tells its numbers by page too, so the rest says which one it is."""

PURPOSES: Mapping[str, str] = MappingProxyType(
    {
        "sync": "Daily sync",
        "retry": "Retry",
        "test": "Test by the agency",
        "portal": "Test from the portal",
        "refetch": "Fetched again",
        "recovery": "Recovery of a lost day",
        "external": "Somebody else",
    }
)

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "token_rejected": "Clarity rejects the token: reconnect with a fresh one",
        "token_expired": "the token has expired: reconnect with a fresh one",
        "token_missing": "no token is stored",
        "secret_unreadable": "the stored token does not open with our key: save a fresh one, or ask the agency",
        "quota_spent": "the ten calls of that UTC day were spent; it goes on after 00:00 UTC",
        "unavailable": "Clarity did not answer",
        "answer_malformed": "Clarity's answer could not be read; it is kept, and a newer version will load it",
        "partial": "loaded; what could not be read of the answer is missing",
        "clock_disagrees": "Clarity's clock and the pipeline's are minutes apart: the agency has to set the pipeline's",
        "redirected": "Clarity's address sent elsewhere instead of answering",
        "implausible_difference": "the two longer answers could not be told apart; the date stays lost",
        "bad_request": "Clarity refused the request",
        "day_not_fetchable": "it was too late, or too early, to fetch that day",
        "other_site": "the answer is of another site than this business's; it is kept, and nothing was loaded",
        "without_clarity": "it has no Clarity project, imports only",
        "disabled": "the daily sync was paused",
        "paused": "the daily sync was paused",
        "disconnected": "it was disconnected",
        "cut_at_cap": "cut at 1,000 rows: totals are lower bounds",
        "interrupted": "the process ended in the middle of it",
        "already_in_vault": "it had been fetched before",
        "too_close_to_midnight": "too close to 00:00 UTC",
        "not_run": "nobody has tried since: is the daily run on?",
        "recovered": "recovered from a longer answer",
    }
)


COUNTED_IN: Mapping[Counted, str] = MappingProxyType({"site": "sessions", "pages": "visits of pages"})
"""What numbers count, in words."""

ADVICE: Mapping[Word, str] = MappingProxyType(
    {
        "imports only": "No Clarity project; imports only. Its rules on imports are asked. Connect a project below at any time.",
        "not connected": "No token is stored. Paste one to connect; the history is kept.",
        "reconnect": "Generate a new token in Clarity and paste it in the panel; that alone switches the sync on again.",
        "paused": "Nothing is fetched while it is paused. Switch the sync on to resume it.",
        "stale": "No lane has come through for more than 36 hours. The sync jobs say why.",
        "held back": "The last answers are of another site and not loaded. Is the token that of its own project?",
        "quota spent": "The ten calls of this UTC day are spent. It goes on by itself after 00:00 UTC.",
        "not verified": "The token has not been used yet. Test it with one call, or wait for the next daily sync.",
        "token expires soon": "Generate a new token in Clarity and paste it in the panel before the old one ends.",
        "connected": "",
    }
)
"""What to do about a badge, with the means of a browser; the badge's own advice speaks of commands."""


def reason(code: str | None) -> str:
    """A stable code in words."""
    return "" if code is None else REASONS.get(code, code.replace("_", " "))


def lane(code: str | None) -> str:
    """A slice as people know it."""
    return "" if code is None else LANES.get(code, code.replace("_", " "))


def purpose(code: str) -> str:
    """What a call was for."""
    return PURPOSES.get(code, code.replace("_", " "))


def number(value: Value, digits: int = 0) -> str:
    """1,234 or 1,234.5; a dash for nothing."""
    return NOTHING if value is None else f"{value:,.{digits}f}"


def day(value: date | None) -> str:
    """3 May 2026."""
    return NOTHING if value is None else f"{value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    """3 May."""
    return f"{value.day} {value:%b}"


def instant(value: datetime | None, zone: str | None = None) -> str:
    """3 May 2026, 00:05 UTC; or as clocks of a time zone show it, with its own name: 02:05 CEST, 05:35 UTC+05:30."""
    if value is None:
        return NOTHING
    local = value.astimezone(_zone(zone))
    named = local.tzname() or "UTC"
    if named[:1] in "+-":
        named = f"UTC{named[:3]}:{named[3:] or '00'}"
    return f"{day(local)}, {local:%H:%M} {named}"


@pass_context
def _instant_of_viewer(context: Context, value: datetime | None) -> str:
    viewer = context.get("viewer")
    return instant(value, viewer.time_zone if viewer else None)


def _zone(name: str | None) -> tzinfo:
    """UTC where nobody said, and where the zone is no longer known."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def ago(value: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that says something."""
    if value is None:
        return "never"
    passed = now - value
    if passed < timedelta(minutes=1):
        return "just now"
    if passed < timedelta(hours=1):
        return plural(passed // timedelta(minutes=1), "minute") + " ago"
    if passed < timedelta(days=2):
        return plural(passed // timedelta(hours=1), "hour") + " ago"
    return plural(passed // timedelta(days=1), "day") + " ago"


def who(actor: str) -> str:
    """Who did something, as the agency may read it."""
    where, _, name = actor.partition(":")
    return "the pipeline" if actor == PIPELINE else name or where


def capitalised(text: str) -> str:
    """The beginning of a sentence."""
    return f"{text[:1].upper()}{text[1:]}"


def plural(count: int, noun: str) -> str:
    """1 day, 2 days."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


FILTERS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "reason": reason,
        "lane": lane,
        "purpose": purpose,
        "number": number,
        "day": day,
        "short_day": short_day,
        "instant": _instant_of_viewer,
        "ago": ago,
        "plural": plural,
        "capitalised": capitalised,
        "readable": readable_address,
        "who": who,
    }
)
