"""What of an answer could not be read, and what that cost: a cell, some rows, or a metric; never more than was damaged.

Made by `answer.parse`; a lane with damage is loaded, its job is `ok` with the reason `partial`, and each piece becomes a finding.
"""

from dataclasses import dataclass
from typing import Literal

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
