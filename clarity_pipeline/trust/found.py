"""Findings about data as people read them: rows of `clarity_findings` with the words of their codes.

Read out of the analysts' file, which nobody ever waits for, by `sync`, `doctor`, `status` and the messages.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.measures import MEASURE
from clarity_pipeline.trust.code import SEVERITIES
from clarity_pipeline.trust.codes import CODE, rank
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STANDS_DAYS = 7
"""A lane that brought nothing for longer says nothing of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A row of the table. One of a newer release, whose code is not known here, is told by its code."""

    business_id: str
    slice: str
    metric: str | None
    code: str
    severity: str
    figure: float | None
    since: date
    times: int
    date: date

    @property
    def sentence(self) -> str:
        """What was found in which lane, without the business; no full stop."""
        return f"{self.slice}: {self.said}"

    @property
    def said(self) -> str:
        """The same without the lane."""
        known = CODE.get(self.code)
        if known is None:
            return self.code
        metric = MEASURE[self.metric].label if self.metric and self.metric in MEASURE else self.metric
        return known.said(metric, self.figure)

    @property
    def when(self) -> str:
        """On which date, or since when."""
        return f"on {self.date}" if self.times == 1 else f"on {self.times} dates from {self.since} to {self.date}"

    @property
    def what_to_do(self) -> str:
        """What a person can do."""
        if self.code in CODE:
            return CODE[self.code].what_to_do.replace("SLUG", self.business_id)
        return "install the newer release, which knows what it is"

    @property
    def for_client(self) -> bool:
        """Whether a business's own people may read it."""
        return self.code in CODE and CODE[self.code].for_client

    def document(self) -> dict[str, Any]:
        """For programs: the row, and its sentence."""
        return {
            "date": self.date,
            "slice": self.slice,
            "metric": self.metric,
            "code": self.code,
            "severity": self.severity,
            "figure": self.figure,
            "since": self.since,
            "times": self.times,
            "sentence": self.sentence,
        }


def found_of(row: Mapping[str, Any]) -> Found:
    """A row by column."""
    return Found(**{name: row[name] for name in Found.__dataclass_fields__})


def worst_first(found: Iterable[Found]) -> list[Found]:
    """By severity and code, then by business, the newest date first."""
    return sorted(found, key=_place)


def _place(each: Found) -> tuple[object, ...]:
    return (*rank(each.code), each.business_id, -each.date.toordinal(), each.slice, each.metric or "")


def said_of_all(found: Sequence[Found]) -> str:
    """One line: how many there are of which severity, and the worst."""
    counts = Counter(each.severity for each in found)
    which = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    worst = worst_first(found)[0]
    many = f"{len(found)} findings" if len(found) > 1 else "1 finding"
    first = "the worst: " if len(found) > 1 else ""
    return f"{many} about the data ({which}); {first}{worst.business_id} {worst.date} {worst.sentence}"


def standing(connection: "DuckDBPyConnection", *, day: date) -> list[Found]:
    """What stands in any lane's newest date up to a week before `day`."""
    found = named(connection.execute(statement("statements/standing_findings"), {"from_date": _since(day)}))
    return worst_first(map(found_of, found))


def of_lane(connection: "DuckDBPyConnection", *, business_id: str, date: date, slice_name: str) -> list[Found]:
    """What is found in one lane."""
    asked = {"date": date, "business_ids": [business_id]}
    found = map(found_of, named(connection.execute(statement("statements/findings_of_date"), asked)))
    return worst_first(each for each in found if each.slice == slice_name)


def published_standing(path: Path, *, day: date) -> list[Found]:
    """The same out of the analysts' file; none while it is not there or of an older release."""
    return worst_first(map(found_of, _read(path, "statements/standing_findings", {"from_date": _since(day)})))


def published_on(path: Path, *, day: date, business_ids: Sequence[str]) -> list[Found]:
    """All of one date."""
    asked = {"date": day, "business_ids": list(business_ids)}
    return worst_first(map(found_of, _read(path, "statements/findings_of_date", asked)))


def _since(day: date) -> date:
    return date.fromordinal(day.toordinal() - STANDS_DAYS + 1)


def _read(path: Path, name: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    import duckdb

    if not path.exists():
        return []
    try:
        with duckdb.connect(path, read_only=True) as connection:
            return named(connection.execute(statement(name), dict(asked)))
    except duckdb.Error:
        return []
