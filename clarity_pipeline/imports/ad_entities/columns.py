"""The contract `ad_entities`: what a file about campaigns, ad sets and ads must say, and its rows as they are loaded.

Called by `load_files`. Pure: which businesses there are, and today's date, are arguments. All or nothing: one bad cell refuses
the file. A landing page is spelt and masked like every URL here, with its business's own settings, so that it joins `url_day`;
an address in a name is masked as in campaigns.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from clarity_pipeline.connections.business import Business
from clarity_pipeline.imports.ad_entities.rows import SCHEMA
from clarity_pipeline.imports.files.arrow import loadable
from clarity_pipeline.imports.files.cells import NotUsable, day, known_business, one_of, text
from clarity_pipeline.imports.files.columns import Column, Row, rows_of
from clarity_pipeline.imports.files.table import Table
from clarity_pipeline.normalize.mask import masked_text
from clarity_pipeline.normalize.urls import canonical_url

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


def read_entities(table: Table, *, businesses: Mapping[str, Business], today: date, loaded_at: datetime) -> pa.Table:
    """The rows of a table in `SCHEMA`; raise `FileRefused` with every problem that there is."""
    columns = (
        Column("business", known_business(businesses)),
        Column("date", day(today=today)),
        Column("level", one_of("campaign", "ad_set", "ad")),
        Column("id", text(longest=200)),
        Column("parent_id", text(longest=200), is_optional=True),
        Column("name", text(longest=500), is_optional=True),
        Column("landing_url", _web_address, is_optional=True),
    )
    rows = _checked(rows_of(table, columns=columns, takes_numbers=True), table)
    made = (_loaded(row, businesses[row.values["business"]], table=table, loaded_at=loaded_at) for row in rows)
    return loadable(made, table, schema=SCHEMA)


def _checked(rows: Iterable[Row], table: Table) -> Iterator[Row]:
    """The rows that may stand beside the others."""
    lines: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row.values[name] for name in ("business", "date", "level", "id"))
        if (first := lines.setdefault(key, row.line)) != row.line:
            table.problems.at(row.line, None, f"has business, date, level and id of line {first:,}; leave one out")
        elif len(row.numbers) > MOST_NUMBERS:
            table.problems.at(row.line, None, f"has {len(row.numbers)} numbers, at most {MOST_NUMBERS} are taken; leave some out")
        else:
            yield row


def _loaded(row: Row, business: Business, *, table: Table, loaded_at: datetime) -> dict[str, Any]:
    name, landing_url = row.values["name"], row.values["landing_url"]
    return {
        "business_id": business.business_id,
        "date": row.values["date"],
        "level": row.values["level"],
        "entity_id": row.values["id"],
        "parent_id": row.values["parent_id"],
        "name": name and masked_text(name),
        "landing_url": landing_url
        and canonical_url(
            landing_url,
            kept_parameters=frozenset(business.kept_query_parameters),
            keep_path_ids=business.keep_path_ids,
        ),
        "metric_names": list(row.numbers),
        "metric_values": list(row.numbers.values()),
        "source": table.source,
        "source_sha256": table.sha256,
        "loaded_at": loaded_at,
    }


def _web_address(cell: str) -> str:
    if len(cell) > 4000 or not cell.isprintable() or not _WEB.match(cell):
        raise NotUsable("is no web address; write it as https://www.example.com/page, or leave it empty")
    return cell
