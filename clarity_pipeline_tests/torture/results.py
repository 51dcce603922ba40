"""The table of all runs of the torture, by seed and commit, and the figure of it that the docs tell."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clarity_pipeline_tests.torture.trial import Outcome

RESULTS = Path(__file__).with_name("results.csv")
PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
_FIGURE = re.compile(r"So far [\d,]+ faults by \d+ seeds?: \d+ lost, \d+ silent\.")


@dataclass(frozen=True)
class Run:
    """How many faults, and what came of them: survived, lost (other rows, calls, alerts or findings), or nobody was told.

    A hostile night has a fault an answer. Where it was lost or silent all of them count, since nobody knows which it was.
    """

    seed: int
    minutes: float
    faults: int
    lost: int
    silent: int

    @property
    def survived(self) -> int:
        """All others."""
        return self.faults - self.lost - self.silent

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], *, seed: int, minutes: float) -> "Run":
        """Of what came of each fault."""
        silent = sum(each.faults for each in outcomes if each.is_silent)
        lost = sum(each.faults for each in outcomes if each.problems) - silent
        return cls(seed, minutes, sum(each.faults for each in outcomes), lost, silent)


def keep(run: Run, *, commit: str) -> None:
    """Add a line to the table, and say its sum in the docs."""
    with RESULTS.open("a", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(
            [commit, run.seed, run.minutes, run.faults, run.survived, run.lost, run.silent]
        )
    PAGE.write_text(_FIGURE.sub(figure(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def figure() -> str:
    """The sum of the table in a sentence."""
    with RESULTS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    faults, lost, silent = (sum(int(row[name]) for row in rows) for name in ("faults", "lost", "silent"))
    return f"So far {faults:,} faults by {len({row['seed'] for row in rows})} seeds: {lost} lost, {silent} silent."


def told_in_the_docs() -> str | None:
    """The sentence that stands there."""
    found = _FIGURE.search(PAGE.read_text(encoding="utf-8"))
    return found[0] if found else None
