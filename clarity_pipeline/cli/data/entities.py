"""Commands about campaigns, ad sets and ads. None of them makes a call."""

from pathlib import Path

import click

from clarity_pipeline.cli.data.imports import import_files
from clarity_pipeline.cli.output import InOrder, print_json, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.settings import Settings

_EXAMPLE = """\b
Example of a file (CSV in any dialect, or Parquet; every further column is a number):

\b
  business,date,level,id,parent_id,name,landing_url,spend,clicks
  acme,2026-11-20,campaign,c1,,Winter sale,,120.50,340
  acme,2026-11-20,ad,a1,s1,Blue shoe,https://www.acme.com/lp,80.00,210

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
  clarity-pipeline entities import exports/*.parquet --dry-run""",
)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--dry-run", is_flag=True, help="Check the files and load nothing.")
@click.option("--json", "as_json", is_flag=True, help="What came of it as one JSON document.")
def import_(files: tuple[Path, ...], dry_run: bool, as_json: bool) -> int:
    """Load files of entities, all or none.

    Each problem is one line that names file, line and column. A row with the same business, date, level and id is replaced.

    Exit status: 0 loaded; 2 a file has problems and nothing was loaded.
    """
    return import_files(files, kind="entities", dry_run=dry_run, as_json=as_json)


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
    rows = [{**each, "columns": ", ".join(each["columns"]) or "-"} for each in found]
    columns = ("business", "level", "entities", "rows", "from_date", "to_date", "columns", "loaded_at")
    empty = "No campaign, ad set or ad is loaded; `clarity-pipeline entities --help` shows a file."
    print_table(rows, columns=columns, empty=empty, spare=("loaded_at",), wrapped="columns")
