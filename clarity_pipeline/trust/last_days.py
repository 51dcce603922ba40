"""How much of a business's history its regime events are told from, when its last days are new. Pure; for `day.regimes`.

What is normal is told by 28 days, and what lasts 28 days becomes normal, so a fold that begins some months back is soon what the
fold of all days is. It begins 140 days back, what it says of the first 84 is not believed, and what began before the last 56
stays as it was told. Where that could be otherwise, all days are read: an event that holds over the border, an older day that
changed, a business that has too few days in between.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from clarity_pipeline.trust.regime import LASTS_AT_MOST_DAYS, NORMAL_DAYS

TOLD_DAYS = 2 * LASTS_AT_MOST_DAYS
READ_DAYS = TOLD_DAYS + NORMAL_DAYS + 2 * LASTS_AT_MOST_DAYS
LEAST_DAYS = READ_DAYS - NORMAL_DAYS
"""So many of them have to be loaded."""


@dataclass(frozen=True, slots=True)
class LastDays:
    """Days from `read_from` on are read, and events that began from `told_from` on are told anew."""

    read_from: date
    told_from: date

    @classmethod
    def before(cls, newest: date) -> "LastDays":
        """Up to a date, it included."""
        if newest.toordinal() <= READ_DAYS:
            return cls(date.min, date.min)
        return cls(newest - timedelta(days=READ_DAYS - 1), newest - timedelta(days=TOLD_DAYS - 1))

    def are_enough(
        self,
        days: Mapping[tuple[str, str], int],
        business_id: str,
        *,
        first_changed: date,
        stored: Sequence[dict[str, Any]],
    ) -> bool:
        """Whether the events of a business follow from them and from those that are `stored`, rows of the table.

        `days` are the loaded dates since `read_from` by business and slice. A lane by country that was never asked in full tells
        nothing, of all days as of these.
        """
        by_country = days.get((business_id, "url_country"), 0)
        if days.get((business_id, "url_device"), 0) < LEAST_DAYS or 0 < by_country < LEAST_DAYS or first_changed < self.told_from:
            return False
        return all(each["ended_on"] is not None and each["ended_on"] < first_changed for each in self.begun_before(stored))

    def begun_before(self, events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Those that stay as they are."""
        return (each for each in events if each["started_on"] < self.told_from)

    def begun_since(self, events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Those that are told anew."""
        return (each for each in events if each["started_on"] >= self.told_from)
