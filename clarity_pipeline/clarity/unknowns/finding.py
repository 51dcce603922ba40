"""The form of what is found out: each unknown with what was seen of it, and those that no single call tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One unknown: what was seen in this call and what that says; None where the call says nothing about it."""

    topic: str
    question: str
    seen: str
    says: str | None


@dataclass(frozen=True, slots=True)
class NotTold:
    """What no single call tells, and how a person could find out."""

    question: str
    how: str


NOT_TOLD = (
    NotTold(
        "Is the window the last 24 hours up to the call, or a calendar day?",
        "Ask twice on a quiet day, at 10:00 and 14:00 UTC, with numOfDays=1: a rolling window loses the hours that left it.",
    ),
    NotTold(
        "When do the ten calls come back?",
        "Spend all ten on a project that you can spare, then ask at 00:01 UTC, and 24 hours after the first call.",
    ),
    NotTold(
        "Do failed calls count?",
        "On the same project make nine calls, two of them with numOfDays=9 (HTTP 400): if two more are answered, they do not.",
    ),
    NotTold(
        "How late are sessions seen?",
        "Visit a page of your own with a marked address, and ask every half hour until it shows.",
    ),
)


def magnitude(count: int) -> str:
    """A count that says nothing about whose it is."""
    for least, words in ((1000, "1,000 or more"), (100, "100 to 999"), (10, "10 to 99"), (1, "1 to 9")):
        if count >= least:
            return words
    return "none"


def quoted(names: set[str]) -> str:
    """Names that we know, as they are spelled."""
    return ", ".join(f"`{name}`" for name in sorted(names))
