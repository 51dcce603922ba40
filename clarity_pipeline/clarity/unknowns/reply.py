"""What status, headers and the form of a body say, whatever the rows are."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from clarity_pipeline.clarity.client import REFUSAL_CAP_BYTES, Reply
from clarity_pipeline.clarity.unknowns.finding import Finding, quoted


def refusal(reply: Reply) -> Finding:
    """What a refusal looks like."""
    named = f"HTTP {reply.status} with {shape(reply.body)}"
    says = "the body says nothing; the status is all" if not reply.body.strip() else "there is a body, which a person could read"
    return Finding("refusal", "What does a refusal look like?", named, says)


def shape(body: bytes) -> str:
    """Empty, JSON, HTML or other, and how long: never a letter of it."""
    if not body.strip():
        return "an empty body"
    lengths = ((REFUSAL_CAP_BYTES, "64 KiB or more"), (4096, "4 to 64 KiB"), (256, "256 bytes to 4 KiB"), (0, "under 256 bytes"))
    length = next(words for least, words in lengths if len(body) >= least)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        kind = "HTML" if body.lstrip()[:1] == b"<" else "text that is no JSON"
    else:
        kind = "a JSON object" if isinstance(found, dict) else "a JSON array" if isinstance(found, list) else "a JSON value"
    return f"{kind} of {length}"


def limits(reply: Reply) -> Finding:
    """Whether headers speak of a quota."""
    question = "Do headers say how many calls are left?"
    names = {name for name in reply.headers if "limit" in name}
    return Finding("quota_headers", question, quoted(names) if names else "none of that kind", "yes" if names else "no")


def retry_after(reply: Reply) -> Finding:
    """Whether, and in which form, it says when to come again."""
    question = "Is there a Retry-After?"
    text = reply.headers.get("retry-after")
    if text is None:
        return Finding("retry_after", question, f"none with HTTP {reply.status}", None if reply.status == 200 else "no")
    kind = "in seconds" if text.strip().isdecimal() else "as a date" if _instant(text) else "in no known form"
    return Finding("retry_after", question, f"present with HTTP {reply.status}, {kind}", "yes")


def clock(reply: Reply, *, now: datetime) -> Finding:
    """How far its clock is from ours."""
    question = "Does Clarity's clock agree with this machine's?"
    at = _instant(reply.headers.get("date", ""))
    if at is None:
        return Finding("clock", question, "no Date that can be read", None)
    off = abs((at - now).total_seconds())
    words = "within 5 seconds" if off <= 5 else "within a minute" if off <= 60 else "more than a minute apart"
    return Finding(
        "clock", question, words, "yes" if off <= 60 else "no: set this machine's clock, since windows end at the call"
    )


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
