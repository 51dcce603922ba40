"""Some businesses on some dates, as statements that touch no others ask for them. Used by `trust` and `marts`.

One business on one date is the day's work; many are `replay`'s, which plans a statement once for all of them.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """Businesses by slug and UTC dates, first and last included; a date of the file lies together, so that no other is read."""

    from_date: date
    to_date: date
    from_business: str
    to_business: str

    @classmethod
    def of_day(cls, business_id: str, day: date) -> "Span":
        """One business on one date."""
        return cls(day, day, business_id, business_id)

    @property
    def parameters(self) -> dict[str, object]:
        """For statements that name the span."""
        return {
            "from_date": self.from_date,
            "to_date": self.to_date,
            "from_business": self.from_business,
            "to_business": self.to_business,
        }

    @property
    def where(self) -> str:
        """The condition for selects of all businesses and dates; one day is asked for by equality, which goes through joins."""
        dates = "date = $from_date and $to_date = $from_date" if self.from_date == self.to_date else _DATES
        return f"{dates} and {_BUSINESS if self.from_business == self.to_business else _BUSINESSES}"


_DATES = "date between $from_date and $to_date"
_BUSINESS = "business_id = $from_business and $to_business = $from_business"
_BUSINESSES = "business_id between $from_business and $to_business"
