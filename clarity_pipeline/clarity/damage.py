"""What of an answer could not be read, and what that cost: a cell, some rows, or a metric; never more than was damaged.

Made by `answer.parse`; a lane with damage is loaded, its job is `ok` with the reason `partial`, and each piece becomes a finding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from clarity_pipeline.clarity.names import some_of

_SAID = 12

DamageCode = Literal["cell_unreadable", "rows_unreadable", "metric_unreadable"]
"""A number that is none; rows that cannot be matched to a tuple; a metric of which nothing can be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One metric, or one measure of it, that is NULL where Clarity sent something that cannot be read.

    `metric` is Clarity's name of it, known or cleaned for a log. `field` is the wire's field, None where the whole metric or row
    is meant. `cells` counts the cells or rows that are lost. `why` is said to people: what stood there in kind ("text", "null",
    "a negative number"), never the value, which may be a visitor's.
    """

    code: DamageCode
    metric: str
    field: str | None = None
    cells: int
    why: str

    @property
    def sentence(self) -> str:
        """What is NULL and why, for the job: `ScrollDepth.averageScrollDepth: 2 cells (empty text)`."""
        if self.code == "metric_unreadable":
            return f"{self.metric} as a whole ({self.why})"
        what = "cell" if self.code == "cell_unreadable" else "row"
        place = f"{self.metric}.{self.field}" if self.field else self.metric
        return f"{place}: {self.cells:,} {what}{'s'[: self.cells != 1]} ({self.why})"


def said(damage: Sequence[Damage], proved: Sequence[str] = ()) -> str | None:
    """What of an answer is NULL, and what was read though it is odd, in a line; None where there is neither."""
    words = []
    if damage:
        words.append(f"not read, and NULL: {some_of([each.sentence for each in damage], at_most=_SAID)}")
    if proved:
        words.append(f"read in spite of a percent sign, since its rows allow no other reading: {some_of(proved, at_most=_SAID)}")
    return "; ".join(words) or None
