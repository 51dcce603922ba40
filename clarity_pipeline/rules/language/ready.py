"""Ready rules with how often each is wrong, one commented YAML file each under `examples/library`.

Shown by `rules library`, stored by `rules import --library`. Two of them, about the connection itself, are on from the first
`connect` on (`first_rules`); the others are off until somebody has tried them. The false-alarm rates in the comments are what
`benchmarks/rule_library.py` measured; a test holds them against its stored result.
"""

import re
from dataclasses import dataclass
from importlib import resources
from typing import NamedTuple

from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import read_rules

HEADING = "# False alarms a site and year with nothing changed (benchmarks/rule_library.py):"
"""The line above the measured rates in a file."""

_COMMENT = re.compile(r"^# ?", re.MULTILINE)
_MEASURED = re.compile(r"^# +([\d,]+) sessions a day: ([\d.]+), no answer on (\d+) % of days$", re.MULTILINE)

MEASURED = "{:.2f}, no answer on {:.0f} % of days"
"""How a file says what was measured at one size."""


ANSWERS_ON_MOST_DAYS = 0.5
"""No answer on more days than this, and a person would take the rule for broken."""


class Measured(NamedTuple):
    """Of unchanged sites with so many sessions a day: alerts a site and year, and the share of the days without an answer."""

    sessions_a_day: int
    false_alarms_a_year: float
    unknown_share: float


@dataclass(frozen=True, slots=True)
class LibraryRule:
    """One of them; `text` is its file as it is, to be adapted.

    `measured` is by the size of the site, the small ones first; empty for a rule that no chance can set off.
    """

    rule: Rule
    text: str
    measured: tuple[Measured, ...]

    @property
    def sessions_a_day(self) -> int | None:
        """The smallest measured site that has an answer on most days; None where nothing was measured."""
        return min((each.sessions_a_day for each in self.measured if each.unknown_share <= ANSWERS_ON_MOST_DAYS), default=None)

    @property
    def about(self) -> str:
        """The comment that the file begins with, as one paragraph."""
        comment = self.text[: self.text.index("\nid:")]
        return " ".join(_COMMENT.sub("", _MEASURED.sub("", comment.replace(HEADING, ""))).split())


def library() -> tuple[LibraryRule, ...]:
    """All of them, by file name, which begins with a number: the order in which a person would try them."""
    folder = resources.files("clarity_pipeline.rules") / "examples" / "library"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return tuple(_library_rule(file.name, file.read_text(encoding="utf-8")) for file in files)


def first_rules() -> tuple[Rule, ...]:
    """Those that are on without anybody doing anything."""
    return tuple(each.rule for each in library() if each.rule.enabled)


def _library_rule(name: str, text: str) -> LibraryRule:
    (rule,) = read_rules(text, source=name)
    found = _MEASURED.findall(text)
    measured = (Measured(int(size.replace(",", "")), float(rate), int(unknown) / 100) for size, rate, unknown in found)
    return LibraryRule(rule, text, tuple(measured))
