"""How the panel stands against OWASP ASVS 5.0.0, levels 1 and 2: the page is made of `references/asvs.psv`, a requirement a line.

What a requirement asks is in our own words; its number is ASVS's. A test sees that none is left out and that each test that is
named is there and is collected.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from references import markdown
from references.markdown import table

FILE = Path(__file__).with_name("asvs.psv")

State = Literal["held", "documented", "partly", "open", "none"]
STATES: tuple[State, ...] = get_args(State)

CHAPTERS = {
    1: "Encoding and sanitization",
    2: "Validation and business logic",
    3: "Web frontend",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorization",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Secure communication",
    13: "Configuration",
    14: "Data protection",
    15: "Secure coding and architecture",
    16: "Logging and errors",
    17: "WebRTC",
}

_MEANING: dict[State, str] = {
    "held": "held, by the tests that are named",
    "documented": "asks for a document, and the page that is linked is it",
    "partly": "held in part; what is missing is said",
    "open": "not held; why is said",
    "none": "nothing of the kind is here to hold it for",
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line; `tests` are names of functions."""

    number: tuple[int, int, int]
    level: int
    asks: str
    state: State
    how: str
    tests: tuple[str, ...]

    @property
    def shown_number(self) -> str:
        """As ASVS writes it."""
        return ".".join(map(str, self.number))


@cache
def requirements() -> tuple[Requirement, ...]:
    """All of them, in ASVS's order."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return tuple(_requirement(line) for line in lines if line and not line.startswith("#"))


def page() -> str:
    """The page, a table a chapter, with the counts at its head."""
    found = requirements()
    counts = ([f"**{state}**", _MEANING[state], str(sum(each.state == state for each in found))] for state in STATES)
    opening = (
        f"Every requirement of levels 1 and 2 of OWASP ASVS 5.0.0, {len(found)} of them, as it concerns the panel and what"
        " stands beside it. What is asked is said in our words; the standard's own text is at its project. Each test that is"
        " named runs in `make test` or `make slow`; a test compares the two."
    )
    parts = [table(("state", "meaning", "number"), counts)]
    for chapter, title in CHAPTERS.items():
        rows = ([each.shown_number, str(each.level), each.asks, _held(each)] for each in found if each.number[0] == chapter)
        parts.append(f"## {chapter}. {title}\n\n" + table(("number", "level", "asks", "how"), rows))
    return markdown.page("OWASP ASVS 5, level 2", opening, *parts)


def _requirement(line: str) -> Requirement:
    number, level, asks, state, how, tests = (part.strip() for part in f"{line} ".split(" |"))
    if state not in STATES:
        raise ValueError(f"{number}: {state} is no state")
    first, second, third = map(int, number.split("."))
    return Requirement((first, second, third), int(level), asks, state, how, tuple(tests.split()))


def _held(each: Requirement) -> str:
    tests = " ".join(f"`{name}`" for name in each.tests)
    return f"**{each.state}**: {each.how}{f'. {tests}' if tests else ''}"
