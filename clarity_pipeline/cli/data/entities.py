"""Commands about campaigns, ad sets and ads. None of them makes a call."""

from collections.abc import Callable
from pathlib import Path

import click

from clarity_pipeline.cli.data.imports import import_files
from clarity_pipeline.cli.output import InOrder, print_json, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings

_EXAMPLE = """\b
Example of a file (CSV in any dialect, or Parquet; every further column is a number):

\b
  business,date,level,id,parent_id,name,landing_url,spend (EUR),clicks,conversions
  acme,2026-11-20,campaign,c1,,Winter sale,,120.50,340,12
  acme,2026-11-20,ad,a1,s1,Blue shoe,https://www.acme.com/lp,80.00,210,9

\b
Days of a column are added up. Brackets say otherwise: "budget (last)", "frequency (mean by
impressions)". Cost per conversion and its like are made of the sums, so leave them out:
rules have entity.cpa, cpc, ctr, cvr, roas and cpm. Columns currency and time_zone, or
--currency, --time-zone and `clarity-pipeline update SLUG`, say whose money and days they are.

\b
  clarity-pipeline entities import ads.csv"""


@click.group(cls=InOrder, epilog=_EXAMPLE)
def entities() -> None:
    """Campaigns, ad sets and ads, with what they cost.

    Rules with `scope: campaign`, `ad_set` or `ad` are evaluated for each of them, beside what Clarity says of the business and of
    the landing page. Dagster also takes files from CLARITY_HOME/inbox/entities.
    """


@entities.command(
    name="import",
    epilog="""\b
Examples:
  clarity-pipeline entities import ads-2026-11-20.csv
  clarity-pipeline entities import exports/*.parquet --dry-run
  clarity-pipeline entities import ads.csv --currency NZD --time-zone Pacific/Auckland
  clarity-pipeline entities import ads.csv --column "frequency=mean by impressions" """,
)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--currency", metavar="CODE", help="Of what is spent, for lines that do not say: EUR. Default: the business's.")
@click.option(
    "--time-zone",
    metavar="NAME",
    help="Whose days the dates are, for lines that do not say: Pacific/Auckland. Default: the business's.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HOW",
    help='How days of a column are joined, and its unit, as brackets in the header say it: "frequency=mean by impressions".',
)
@click.option("--trust-ids", is_flag=True, help="The ids are right, although they look rounded by a spreadsheet.")
@click.option("--dry-run", is_flag=True, help="Check the files and load nothing.")
@click.option("--json", "as_json", is_flag=True, help="What came of it as one JSON document.")
def import_(
    files: tuple[Path, ...],
    currency: str | None,
    time_zone: str | None,
    columns: tuple[str, ...],
    trust_ids: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Load files of entities, all or none.

    Each problem is one line that names file, line and column. A row with the same business, date, level and id is replaced.

    Ids that a spreadsheet rounded (1.20211E+17, or 120211480001230000 where 120211480001230456 is known) are refused.

    Exit status: 0 loaded; 2 a file has problems and nothing was loaded.
    """
    from clarity_pipeline.imports.ad_entities.headers import Said
    from clarity_pipeline.normalize import ad_account

    said = Said(
        currency=_read(currency, ad_account.currency, of="--currency"),
        time_zone=_read(time_zone, ad_account.time_zone, of="--time-zone"),
        columns=dict(map(_column, columns)),
        trust_ids=trust_ids,
    )
    return import_files(files, kind="entities", dry_run=dry_run, as_json=as_json, said=said)


def _read(text: str | None, read: Callable[[str], str], *, of: str) -> str | None:
    try:
        return None if text is None else read(text)
    except ValueError as wrong:
        raise click.UsageError(f"{of} {wrong}") from None


def _column(text: str) -> tuple[str, str]:
    name, is_there, how = text.partition("=")
    if not is_there or not name.strip() or not how.strip():
        raise click.UsageError('--column is written as NAME=HOW: --column "frequency=mean by impressions"')
    return name.strip().lower().replace(" ", "_"), how


@entities.command(
    name="list",
    epilog="""\b
Examples:
  clarity-pipeline entities list
  clarity-pipeline entities list --business acme --json""",
)
@click.option("--business", metavar="SLUG", help="Only this one.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def list_(business: str | None, as_json: bool) -> None:
    """Show what is loaded of each business and level."""
    from clarity_pipeline.warehouse.entities import list_entities

    with open_home(Settings.from_env()) as home:
        if business is not None:
            home.connections.get(business)
        with home.warehouse.connect(what="listing entities") as connection:
            found = list_entities(connection, business_id=business)
    if as_json:
        print_json(found)
        return
    lists = ("columns", "currencies", "time_zones")
    rows = [{**each, **{name: ", ".join(each[name]) or "-" for name in lists}} for each in found]
    columns = ("business", "level", "entities", "rows", "from_date", "to_date", *lists, "loaded_at")
    empty = "No campaign, ad set or ad is loaded; `clarity-pipeline entities --help` shows a file."
    print_table(rows, columns=columns, empty=empty, spare=("loaded_at", "time_zones", "currencies"), wrapped="columns")
