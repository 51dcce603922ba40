"""What a replay spells otherwise than before, by hash: so that who kept hashes elsewhere can follow. Called by `replay`.

A new masker, or another setting of what is a page, makes other values of the same answers, and with them other hashes. Old rows
hold no raw value, so an old combination is followed by spelling its values as today; where an older mask had cut a token in two,
which no spelling mends, by the one combination of today whose `:id` covers what was left of it. No value is told: the old one may
be what the new mask is for.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from clarity_pipeline.clarity.dimensions import DIMENSIONS
from clarity_pipeline.connections.business import Business
from clarity_pipeline.normalize.labels import masked_label
from clarity_pipeline.normalize.mask import MASK
from clarity_pipeline.normalize.page_url import page_url
from clarity_pipeline.warehouse import respelt
from clarity_pipeline.warehouse.store import Warehouse

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Respelt:
    """One combination of values: its hash before and after (None where nothing of today tells it), and what differs.

    `values` are the dimensions that are spelt otherwise; `rows` are those of the old file.
    """

    business: str
    slice: str
    dimension_hash_before: str
    dimension_hash_after: str | None
    values: tuple[str, ...]
    rows: int


def respelt_in(connection: "DuckDBPyConnection", old: Warehouse, businesses: Iterable[Business]) -> tuple[Respelt, ...]:
    """What the rebuilt file of `connection` spells otherwise than `old`, which the caller holds."""
    known = {each.business_id: each for each in businesses}
    found: list[Respelt] = []
    with respelt.beside(connection, old) as is_there:
        by_slice: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in respelt.gone(connection) if is_there else ():
            by_slice[row["business_id"], row["slice"]].append(row)
        for (business_id, slice_name), rows in by_slice.items():
            today = _Today(respelt.standing(connection, business_id=business_id, slice_name=slice_name))
            for row in rows:
                before = _values(row)
                after = today.of(before, known.get(business_id))
                found.append(
                    Respelt(
                        business=business_id,
                        slice=slice_name,
                        dimension_hash_before=row["dimension_hash"],
                        dimension_hash_after=today.hashes[after] if after else None,
                        values=tuple(name for name, a, b in zip(DIMENSIONS, before, after or before, strict=True) if a != b),
                        rows=row["rows"],
                    )
                )
    return tuple(found)


class _Today:
    """The combinations of a slice as they are now; those with a mask in them by their number of segments."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.hashes: dict[Values, str] = {_values(row): row["dimension_hash"] for row in rows}
        self._masked: dict[int, list[Values]] = defaultdict(list)
        for values in self.hashes:
            if any(value and MASK in value for value in values):
                self._masked[_segments(values)].append(values)

    def of(self, before: Values, business: Business | None) -> Values | None:
        """What became of a combination; of several that fit, the one that says most."""
        if business is not None:
            spelt = _spelt(before, business)
            if spelt in self.hashes:
                return spelt
        fitting = [each for each in self._masked[_segments(before)] if all(map(_fits, each, before))]
        return max(fitting, key=lambda each: sum(len(value.replace(MASK, "")) for value in each if value), default=None)


def _values(row: Mapping[str, Any]) -> Values:
    return tuple(row[name] for name in DIMENSIONS)


def _spelt(values: Values, business: Business) -> Values:
    return tuple(
        value
        if value is None
        else page_url(value, business.pages)
        if name == "url"
        else masked_label(value, keep_ids=business.pages.keep_path_ids)
        for name, value in zip(DIMENSIONS, values, strict=True)
    )


def _segments(values: Values) -> int:
    return sum(value.count("/") for value in values if value)


def _fits(masked: str | None, before: str | None) -> bool:
    if masked is None or before is None or MASK not in masked:
        return masked == before
    return _pattern(masked).fullmatch(before) is not None


@lru_cache(4096)
def _pattern(masked: str) -> re.Pattern[str]:
    """A mask stands for any letters of its own segment."""
    return re.compile("[^/]+".join(map(re.escape, masked.split(MASK))))
