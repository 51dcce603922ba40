"""The columns of `ad_entities`: what a file about campaigns, ad sets and ads must say, and its rows as they are loaded.

Called by `load_files`. Pure: which businesses there are, and today's date, are arguments. All or nothing: one bad cell refuses
the file. A landing page is spelt and masked like every URL here, with its business's own settings, so that it joins `url_day`;
a name is masked as campaigns are.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from clarity_pipeline.connections.business import Business
from clarity_pipeline.imports.ad_entities.ad_ids import CURE, ID, PARENT_ID, AdIds, KnownIds, no_ids
from clarity_pipeline.imports.ad_entities.headers import Header, Said, read_header
from clarity_pipeline.imports.ad_entities.rows import SCHEMA
from clarity_pipeline.imports.files.arrow import loadable
from clarity_pipeline.imports.files.cells import NotUsable, Read, day, known_business, one_of, text
from clarity_pipeline.imports.files.columns import Column, Row, rows_of
from clarity_pipeline.imports.files.table import Table
from clarity_pipeline.normalize.ad_account import currency, time_zone
from clarity_pipeline.normalize.labels import masked_label
from clarity_pipeline.normalize.page_url import page_url

MOST_NUMBERS = 50
"""Numeric columns of a file."""

EXAMPLE = """\
business,date,level,id,parent_id,name,landing_url,spend,clicks,conversions
acme,2026-11-20,campaign,c1,,Winter sale,,120.50,340,12
acme,2026-11-20,ad_set,s1,c1,Retargeting,,80.00,210,9
acme,2026-11-20,ad,a1,s1,Blue shoe,https://www.acme.com/lp,80.00,210,9
"""
"""What `clarity-pipeline entities --help` shows."""

_WEB = re.compile(r"https?://[^/\s]", re.IGNORECASE)


COLUMNS = frozenset({"business", "date", "level", "id", "parent_id", "name", "landing_url", "currency", "time_zone"})
"""Those that are no numbers."""

_IDS = (ID, PARENT_ID)


def read_entities(
    table: Table,
    *,
    businesses: Mapping[str, Business],
    today: date,
    loaded_at: datetime,
    said: Said | None = None,
    known_ids: KnownIds = no_ids,
) -> pa.Table:
    """The rows of a table in `SCHEMA`; raise `FileRefused` with every problem that there is.

    `said` is what the file itself does not say; `known_ids` are asked for where its ids may have been rounded.
    """
    said = said or Said()
    header = entity_header(table, said)
    ids = AdIds(known_ids, trusted=said.trust_ids)
    named = replace(table, header=header.names)
    columns = (
        Column("business", known_business(businesses)),
        Column("date", day(today=today)),
        Column("level", one_of("campaign", "ad_set", "ad")),
        *(Column(name, _id(name, table, header, ids), is_optional=name != ID) for name in _IDS),
        Column("name", text(longest=500), is_optional=True),
        Column("landing_url", _web_address, is_optional=True),
        Column("currency", _in_words(currency), is_optional=True),
        Column("time_zone", _in_words(time_zone), is_optional=True),
    )
    rows = _checked(rows_of(named, columns=columns, takes_numbers=True), named, header, ids)
    made = (
        _loaded(row, businesses[row.values["business"]], table=table, loaded_at=loaded_at, header=header, said=said)
        for row in rows
    )
    return loadable(made, table, schema=SCHEMA)


def entity_header(table: Table, said: Said) -> Header:
    """What the first line of a file says; its problems are added to those of the table."""
    return read_header(table.header, said, known=COLUMNS, problems=table.problems)


def _id(name: str, table: Table, header: Header, ids: AdIds) -> Read:
    """How a cell of ids is read; of a column of floating-point numbers nothing is."""
    given = dict(zip(header.names, table.header, strict=True)).get(name)
    if given not in table.floats:
        return ids.reader(name)

    def read(cell: str) -> None:
        if cell != "nan":  # a column without a single value is one of these too
            table.problems.stop(f"column {name} is of floating-point numbers, which keep 15 digits: {CURE}")

    return read


def _in_words(read: Callable[[str], str]) -> Read:
    def cell_of(cell: str) -> str:
        try:
            return read(cell)
        except ValueError as wrong:
            raise NotUsable(str(wrong)) from None

    return cell_of


def _checked(rows: Iterable[Row], table: Table, header: Header, ids: AdIds) -> Iterator[Row]:
    """The rows that may stand beside the others; what is wrong with the ids of all of them is told at the end."""
    lines: dict[tuple[Any, ...], int] = {}
    for row in rows:
        business_id, ad_id = row.values["business"], row.values["id"]
        for column in _IDS:
            if row.values[column]:
                ids.take(business_id, row.values[column], line=row.line, column=column, level=row.values["level"])
        key = (business_id, row.values["date"], row.values["level"], ad_id)
        if (first := lines.setdefault(key, row.line)) != row.line:
            if not ids.twice(ad_id, line=row.line, first=first):
                table.problems.at(row.line, None, f"has business, date, level and id of line {first:,}; leave one out")
        elif len(row.numbers) > MOST_NUMBERS:
            table.problems.at(row.line, None, f"has {len(row.numbers)} numbers, at most {MOST_NUMBERS} are taken; leave some out")
        elif header.currency and row.values["currency"] not in (None, header.currency):
            what = f"is another currency than the header's {header.currency}; a line has one currency"
            table.problems.at(row.line, "currency", what)
        else:
            yield row
    ids.judge(table.problems)


def _loaded(row: Row, business: Business, *, table: Table, loaded_at: datetime, header: Header, said: Said) -> dict[str, Any]:
    name, landing_url = row.values["name"], row.values["landing_url"]
    return {
        "business_id": business.business_id,
        "date": row.values["date"],
        "level": row.values["level"],
        "entity_id": row.values["id"],
        "parent_id": row.values["parent_id"],
        "name": name and masked_label(name, keep_ids=business.keep_path_ids),
        "landing_url": landing_url and page_url(landing_url, business.pages.ungrouped()),
        "metric_names": list(row.numbers),
        "metric_values": list(row.numbers.values()),
        "source": table.source,
        "source_sha256": table.sha256,
        "loaded_at": loaded_at,
        "currency": row.values["currency"] or header.currency or said.currency or business.currency,
        "time_zone": row.values["time_zone"] or said.time_zone or business.time_zone,
    }


def _web_address(cell: str) -> str:
    if len(cell) > 4000 or not cell.isprintable() or not _WEB.match(cell):
        raise NotUsable("is no web address; write it as https://www.example.com/page, or leave it empty")
    return cell
