"""Rows of days as versions, by what they are about: what `inputs` and `without_countries` make histories of."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby

from clarity_pipeline.rules.engine.history import Version
from clarity_pipeline.warehouse.rows import Row
from clarity_pipeline.warehouse.rule_days import FACTS


def grouped(rows: Iterator[Row], off_from: Mapping[str, date]) -> dict[str, list[Version]]:
    """By business; a business that is off has those of before the date from which it is."""
    return {key[0]: found for key, found in versions(rows, off_from, keys=1)}


def versions(rows: Iterator[Row], off_from: Mapping[str, date], *, keys: int) -> Iterator[tuple[tuple[str, ...], list[Version]]]:
    """By the first `keys` columns, which begin with the business; rows are in their order."""
    values = keys + len(FACTS)
    for key, group in groupby(rows, key=lambda row: row[:keys]):
        end = off_from.get(key[0], date.max)
        found = [Version(**dict(zip(FACTS, row[keys:values], strict=True)), values=row[values:]) for row in group]
        if kept := [each for each in found if each.date < end]:
            yield key, kept
