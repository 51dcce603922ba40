"""What was read of one metric of an answer. Made by `answer`, read by `normalize`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.row_keys import Key, Row


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one metric: as sent, and beside them, index by index, their keys and their checked numbers.

    `unread` has, by field, the places of cells that are None because no number stood there. `aside` counts the rows that belong
    to no tuple and are not here. A metric that we do not know, or a list beside a dimensioned answer, has no keys unless each of
    its rows carries the dimensions; one that we do not know has no numbers.
    """

    metric: str
    rows: list[Row]
    keys: list[Key]
    numbers: dict[str, list[Number | None]]
    unread: Mapping[str, frozenset[int]] = field(default_factory=dict)
    aside: int = 0

    @property
    def rows_sent(self) -> int:
        """How many rows it came with."""
        return len(self.rows) + self.aside
