"""What is wrong with a file that somebody imports: gathered over the whole file, so that it is mended once, not line by line.

Nothing of a cell is repeated: a file can hold anything, and these lines go to terminals, logs and Dagster. The place is enough.
"""

from collections.abc import Iterable
from typing import NoReturn

from clarity_pipeline.errors import ClarityPipelineError

SHOWN = 20
"""Problems of a file that are told one by one; of the others only how many there are."""


class FileRefused(ClarityPipelineError):
    """Nothing of a file was loaded. `problems` has the first lines, `count` says how many there are; the message is the first."""

    reason = "file_refused"

    def __init__(self, problems: Iterable[str], *, count: int | None = None) -> None:
        self.problems = tuple(problems)
        self.count = len(self.problems) if count is None else count
        more = f" (and {self.count - 1:,} more)" if self.count > 1 else ""
        super().__init__(f"{self.problems[0]}{more}; nothing was loaded")

    def lines(self) -> list[str]:
        """Each problem, and how many are not told."""
        hidden = self.count - len(self.problems)
        return [*self.problems, *([f"and {hidden:,} more problems like these"] if hidden else [])]


class Problems:
    """The problems of one file; `place` is what it counts in: line or row."""

    def __init__(self, source: str, *, place: str = "line") -> None:
        self._source = source
        self._place = place
        self._told: list[str] = []
        self.count = 0
        self.warnings: list[str] = []

    def at(self, number: int, column: str | None, what: str) -> None:
        """Something is wrong in a line, in a column where that can be said."""
        where = f"{self._place} {number:,}" + ("" if column is None else f", column {column}")
        self.add(f"{where}: {what}")

    def add(self, what: str) -> None:
        """Something is wrong with the file."""
        self.count += 1
        if len(self._told) < SHOWN:
            self._told.append(f"{self._source}: {what}")

    def warn(self, what: str) -> None:
        """Something to look at, which keeps nothing from being loaded."""
        self.warnings.append(f"{self._source}: {what}")

    def raise_them(self) -> None:
        """Raise `FileRefused` if there are any."""
        if self.count:
            raise FileRefused(self._told, count=self.count)

    def stop(self, what: str) -> NoReturn:
        """Add one after which nothing more can be said, and raise."""
        self.add(what)
        raise FileRefused(self._told, count=self.count)
