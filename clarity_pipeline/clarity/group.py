"""What was read of one metric of an answer. Made by `answer`, read by `normalize`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.row_keys import Key, Row


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one metric: as sent, and beside them, index by index, their keys and their checked numbers.

    `unread` has, by field, the places of cells that are None since no number stood there. `aside` counts the rows that were
    sent and are not here, most of them of no tuple. A metric that we do not know, or a list beside a dimensioned
    answer, has no keys unless each of its rows carries the dimensions; one that we do not know has no numbers.
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

    def only(self, kept: Sequence[bool]) -> "Group":
        """Those rows of it, in their order; each of its rows has its key."""
        now = {before: place for place, before in enumerate(compress(range(len(kept)), kept))}
        return replace(
            self,
            rows=list(compress(self.rows, kept)),
            keys=list(compress(self.keys, kept)),
            numbers={name: list(compress(numbers, kept)) for name, numbers in self.numbers.items()},
            unread={name: frozenset(now[each] for each in places if kept[each]) for name, places in self.unread.items()},
            aside=self.rows_sent - len(now),
        )
