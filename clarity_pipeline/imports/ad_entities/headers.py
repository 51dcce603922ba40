"""The numeric columns of a file of ad entities, by its first line: `spend (EUR)`, `budget (last)`, `frequency (mean by clicks)`.

Called by `columns`. What stands in brackets says in which currency or unit a column is, and how its days are joined; without it
days are added up. A ratio would read 60 where 20 is meant, so it is refused with the way out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from clarity_pipeline.imports.files.problems import Problems
from clarity_pipeline.normalize.ad_account import is_currency
from clarity_pipeline.normalize.ad_columns import MONEY, RATIOS, AdColumn, is_ratio, way_out

_BRACKETS = re.compile(r"(?P<name>[^()\[\]]+?)\s*[(\[](?P<said>[^()\[\]]*)[)\]]\s*")
_MEAN = re.compile(r"(?:mean|average|weighted mean|weighted average)\s*(?:weighted\s*)?(?:by|:)\s*(?P<weight>.+)", re.IGNORECASE)
_UNIT = re.compile(r"[A-Za-z%°/]{1,12}")
_ALSO_CALLED = {"timezone": "time_zone", "account_time_zone": "time_zone", "account_currency": "currency"}


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a file beside the file: for lines that do not name a currency or time zone, and of columns by name."""

    currency: str | None = None
    time_zone: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    trust_ids: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The names of a file's columns, what was said of the numeric ones, and the currency that they name."""

    names: tuple[str, ...]
    declared: Mapping[str, AdColumn] = field(default_factory=lambda: MappingProxyType({}))
    currency: str | None = None


def read_header(header: Sequence[str], said: Said, *, known: frozenset[str], problems: Problems) -> Header:
    """Read the first line; what is wrong with it is added to `problems`. `known` are the columns that are no numbers."""
    names, told = [], {}
    for cell in header:
        found = _BRACKETS.fullmatch(cell)
        name = _name(found["name"] if found else cell)
        if found and name not in known:
            told[name] = found["said"]
        names.append(_ALSO_CALLED.get(name, name) if found is None or name not in known else _name(cell))
    for name, how in said.columns.items():
        if name in names:
            told[name] = how
        else:
            problems.add(f"has no column {name}, of which --column says {how}; its columns are {', '.join(names)}"[:300])
    declared: dict[str, AdColumn] = {}
    currencies: set[str] = set()
    for name in dict.fromkeys(names):
        if name not in known:
            column = _read(name, told.get(name, ""), names=names, currencies=currencies, problems=problems)
            if column is not None:
                declared[name] = column
    if len(currencies | ({said.currency} if said.currency else set())) > 1:
        also = f", and --currency says {said.currency}" if said.currency and said.currency not in currencies else ""
        problems.add(f"has columns in {' and '.join(sorted(currencies))}{also}; a line has one currency, so make two files")
    return Header(tuple(names), declared, next(iter(currencies), None))


def _read(name: str, how: str, *, names: Sequence[str], currencies: set[str], problems: Problems) -> AdColumn | None:
    """What was said of one column; None where nothing was, or it is refused."""
    column = AdColumn()
    is_joined = False
    for part in (each.strip() for each in re.split("[,;]", how)):
        mean = _MEAN.fullmatch(part)
        if not part:
            continue
        if part.lower() in ("sum", "last"):
            column, is_joined = AdColumn("last" if part.lower() == "last" else "sum", unit=column.unit), part.lower() == "last"
        elif mean:
            column, is_joined = AdColumn("mean", weight=_name(mean["weight"]), unit=column.unit), True
        elif is_currency(part):
            currencies.add(part)
            column = AdColumn(column.fold, column.weight, MONEY)
        elif _UNIT.fullmatch(part):
            column = AdColumn(column.fold, column.weight, part)
        elif not is_ratio(name):
            problems.add(
                f'column {name}: what stands in brackets is not understood; write a currency or unit, "sum", "last" or "mean by'
                ' impressions"'
            )
            return None
    if name in RATIOS or (is_ratio(name) and not is_joined):
        problems.add(f"column {name} {way_out(name)}")
        return None
    if column.weight is not None and (column.weight not in names or column.weight == name):
        problems.add(f"column {name} is a mean by {column.weight}, and there is no such column; import it beside")
        return None
    return column if how.strip() else None


def _name(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().lower())
