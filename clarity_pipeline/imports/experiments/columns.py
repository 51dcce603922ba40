"""The columns of `experiments`: what a file about experiments must say, and its rows as they are loaded. Called by `load_files`.

Clarity's export does not know which variant a visitor saw, so a variant must be told apart by its pages or its campaign: split
pages can be judged, a variant that is drawn within one page cannot. A pattern is a glob: `*` is any text, everything else itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from clarity_pipeline.connections.business import Business
from clarity_pipeline.imports.experiments.rows import SCHEMA
from clarity_pipeline.imports.files.arrow import loadable
from clarity_pipeline.imports.files.cells import NotUsable, count, day, flag, known_business, number, text
from clarity_pipeline.imports.files.columns import Column, Row, rows_of
from clarity_pipeline.imports.files.table import Table
from clarity_pipeline.normalize.page_url import page_url

MOST_STARS = 5
"""Of a pattern: more are slow to match against every page, and nobody's page needs them."""

EXAMPLE = """\
business,date,experiment,variant,is_control,url_pattern,visitors,conversions
acme,2026-11-20,checkout,one page,true,https://www.acme.com/checkout-a*,2400,120
acme,2026-11-20,checkout,three steps,false,https://www.acme.com/checkout-b*,2380,151
"""
"""What `clarity-pipeline experiments --help` shows."""

_URL = re.compile(r"(https?://[^/]*)(.*)", re.IGNORECASE | re.DOTALL)


def read_experiments(table: Table, *, businesses: Mapping[str, Business], today: date, loaded_at: datetime) -> pa.Table:
    """The rows of a table in `SCHEMA`; raise `FileRefused` with every problem that there is."""
    columns = (
        Column("business", known_business(businesses)),
        Column("date", day(today=today)),
        Column("experiment", text(longest=120)),
        Column("variant", text(longest=120)),
        Column("is_control", flag, is_optional=True),
        Column("url_pattern", _pattern, is_optional=True),
        Column("campaign_pattern", _pattern, is_optional=True),
        Column("visitors", count),
        Column("conversions", count),
        Column("intended_share", _share, is_optional=True),
    )
    rows = _checked(rows_of(table, columns=columns, takes_numbers=False), table, businesses)
    made = (_loaded(row, businesses[row.values["business"]], table=table, loaded_at=loaded_at) for row in rows)
    return loadable(made, table, schema=SCHEMA)


def _checked(rows: Iterable[Row], table: Table, businesses: Mapping[str, Business]) -> Iterator[Row]:
    """The rows that may stand beside the others, and tell their variant apart."""
    lines: dict[tuple[Any, ...], int] = {}
    controls: dict[tuple[Any, ...], str] = {}
    for row in rows:
        values, before = row.values, table.problems.count
        experiment = (values["business"], values["experiment"])
        first = lines.setdefault((*experiment, values["variant"], values["date"]), row.line)
        if first != row.line:
            table.problems.at(row.line, None, f"has business, date, experiment and variant of line {first:,}; leave one out")
        if values["is_control"] and controls.setdefault(experiment, values["variant"]) != values["variant"]:
            table.problems.at(row.line, "is_control", "is true for a second variant of its experiment; mark one")
        if (values["url_pattern"] is None) == (values["campaign_pattern"] is None):
            table.problems.at(row.line, None, "needs url_pattern or campaign_pattern, and not both: what tells the variant apart")
        if values["conversions"] > values["visitors"]:
            table.problems.at(row.line, "conversions", "is more than visitors; count visitors who converted, each once")
        if "?" in (values["url_pattern"] or "") and not businesses[values["business"]].kept_query_parameters:
            table.problems.at(row.line, "url_pattern", "has a query, and this business keeps none of its URLs; leave it out")
        if table.problems.count == before:
            yield row


def _loaded(row: Row, business: Business, *, table: Table, loaded_at: datetime) -> dict[str, Any]:
    names = ("date", "experiment", "variant", "campaign_pattern", "visitors", "conversions", "intended_share")
    url_pattern = row.values["url_pattern"]
    return {
        "business_id": business.business_id,
        **{name: row.values[name] for name in names},
        "is_control": bool(row.values["is_control"]),
        "url_pattern": url_pattern and _spelt(url_pattern, business),
        "source": table.source,
        "source_sha256": table.sha256,
        "loaded_at": loaded_at,
    }


def _share(cell: str) -> float:
    try:
        found = number(cell.removesuffix("%").strip()) / (100 if cell.endswith("%") else 1)
    except NotUsable:
        found = 0.0
    if not 0 < found <= 1:
        raise NotUsable("is no share of the visitors; write 0.5 or 50%")
    return found


def _pattern(cell: str) -> str:
    pattern: str = text(longest=500)(cell)
    if pattern.count("*") > MOST_STARS:
        raise NotUsable(f"has more than {MOST_STARS} stars; shorten it")
    if not pattern.strip("*"):
        raise NotUsable("matches everything; write what tells the variant apart")
    return pattern


def _spelt(pattern: str, business: Business) -> str:
    """As `url_day.url` spells pages: wholly where it is one page, scheme and host where it has a star."""
    if "*" not in pattern:
        return page_url(pattern, business.pages.ungrouped())
    found = _URL.fullmatch(pattern)
    if found is None:
        return pattern
    return re.sub("^http:", "https:", found[1].lower()) + found[2]
