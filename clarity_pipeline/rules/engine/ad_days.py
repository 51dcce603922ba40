"""The days of ad entities as rules look at them: of one campaign, ad set or ad, and of a business as the sum of its campaigns.

Made by `rules.judging.inputs` and by tests. Pure. A business's day is the sum over the highest level that it has rows of on that
date, campaigns before ad sets before ads: a campaign's spend holds that of its ads, and nothing is counted twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from math import fsum
from types import MappingProxyType
from typing import NamedTuple

from clarity_pipeline.normalize.ad_columns import ALSO, AdColumn, is_money
from clarity_pipeline.rules.engine.history import AdRows, History, Version

LEVELS: Mapping[str, str] = MappingProxyType({"campaign": "campaigns", "ad_set": "ad sets", "ad": "ads"})
"""The highest first, with what several of them are called."""

_NOTHING: Mapping[str, AdColumn] = MappingProxyType({})


def weighted(column: str, weight: str) -> str:
    """What the column is called that holds a column times its weight; no file can have one of that name."""
    return f"{column} * {weight}"


def ad_history(
    days: Mapping[date, Mapping[str, float]],
    *,
    rows: Mapping[date, AdRows] = MappingProxyType({}),
    declared: Mapping[str, AdColumn] = _NOTHING,
) -> History:
    """Of one entity: its numbers of each date by column, and whence they are; `declared` says how columns are read."""
    complete = {day: _complete(numbers, declared) for day, numbers in days.items()}
    names = sorted({name for numbers in complete.values() for name in numbers})
    plain = AdRows()
    return History(
        names,
        (Version(date=day, values=tuple(map(numbers.get, names)), ads=rows.get(day, plain)) for day, numbers in complete.items()),
        declared,
    )


class _Row(NamedTuple):
    numbers: dict[str, float]
    ads: AdRows


def ad_total(entities: Iterable[tuple[str, History]]) -> History:
    """Of a business, from the level and the history of each of its entities."""
    found: dict[date, dict[str, list[_Row]]] = defaultdict(lambda: defaultdict(list))
    declared: dict[str, AdColumn] = {}
    for level, history in entities:
        days = history.now()
        declared |= days.declared
        for version in days.versions:
            if version is not None:
                told = zip(days.names, version.values, strict=True)
                numbers = {name: float(value) for name, value in told if value is not None}
                found[version.date][level].append(_Row(numbers, version.ads or AdRows()))
    names = sorted(
        {row_name for levels in found.values() for rows in levels.values() for row in rows for row_name in row.numbers}
    )
    return History(names, (_summed(day, levels, names, declared) for day, levels in found.items()), declared)


def _summed(day: date, levels: Mapping[str, list[_Row]], names: Iterable[str], declared: Mapping[str, AdColumn]) -> Version:
    level = next(each for each in LEVELS if each in levels)
    rows = levels[level]
    values: list[float | None] = []
    told: list[int] = []
    for name in names:
        having = [place for place, row in enumerate(rows) if name in row.numbers]
        values.append(fsum(rows[place].numbers[name] for place in having) if having else None)
        told.append(sum(1 << place for place in having))
    paid = [row for row in rows if any(is_money(name, declared) for name in row.numbers)]
    ads = AdRows(
        currencies=frozenset().union(*(row.ads.currencies for row in paid)),
        time_zones=frozenset().union(*(row.ads.time_zones for row in rows)),
        told=tuple(told),
        level=level,
    )
    return Version(date=day, values=tuple(values), ads=ads)


def _complete(numbers: Mapping[str, float], declared: Mapping[str, AdColumn]) -> dict[str, float]:
    """With what stands in for a column under another platform's name, and the products that weighted means are made of."""
    found = dict(numbers)
    for name, others in ALSO.items():
        if name not in found and (other := next((each for each in others if each in found), None)):
            found[name] = found[other]
    for name, column in declared.items():
        if column.fold == "mean" and column.weight and name in found and column.weight in found:
            found[weighted(name, column.weight)] = found[name] * found[column.weight]
    return found
