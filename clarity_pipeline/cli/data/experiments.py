"""Commands about experiments. None of them makes a call."""

from pathlib import Path

import click

from clarity_pipeline.cli.data.imports import import_files
from clarity_pipeline.cli.output import InOrder, print_json, print_paragraph
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings

_EXAMPLE = """\b
Example of a file (CSV in any dialect, or Parquet; `*` in a pattern is any text):

\b
  business,date,experiment,variant,is_control,url_pattern,visitors,conversions
  acme,2026-11-20,checkout,one page,true,https://www.acme.com/checkout-a*,2400,120
  acme,2026-11-20,checkout,three steps,false,https://www.acme.com/checkout-b*,2380,151

\b
  clarity-pipeline experiments import checkout.csv

A column campaign_pattern takes the place of url_pattern where variants differ in their campaign. A column
intended_share (0.5 or 50%) says which part of the visitors a variant was meant to get; left out, all get the same."""


@click.group(cls=InOrder, epilog=_EXAMPLE)
def experiments() -> None:
    """Experiments: conversions beside frustration.

    A variant with more conversions and more rage or dead clicks than the control, both beyond chance, may push people and not
    help them. Clarity's export does not say which variant a visitor saw: a variant needs pages or a campaign of its own, and one
    that is drawn within a page cannot be judged. Dagster also takes files from CLARITY_HOME/inbox/experiments.
    """


@experiments.command(
    name="import",
    epilog="""\b
Examples:
  clarity-pipeline experiments import checkout.csv
  clarity-pipeline experiments import exports/*.parquet --dry-run""",
)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
@click.option("--dry-run", is_flag=True, help="Check the files and load nothing.")
@click.option("--json", "as_json", is_flag=True, help="What came of it as one JSON document.")
def import_(files: tuple[Path, ...], dry_run: bool, as_json: bool) -> int:
    """Load files of experiments, all or none, and judge them.

    Each problem is one line that names file, line and column. A row with the same business, date, experiment and variant is
    replaced.

    Exit status: 0 loaded; 2 a file has problems and nothing was loaded.
    """
    return import_files(files, kind="experiments", dry_run=dry_run, as_json=as_json)


@experiments.command(
    name="list",
    epilog="""\b
Examples:
  clarity-pipeline experiments list
  clarity-pipeline experiments list --business acme --json""",
)
@click.option("--business", metavar="SLUG", help="Only this one.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs: the rows of experiment_quality.")
def list_(business: str | None, as_json: bool) -> None:
    """Show what is known of each variant, by the days so far."""
    from clarity_pipeline.warehouse.experiments import experiment_quality

    with open_home(Settings.from_env()) as home:
        asked = [home.connections.get(business)] if business else home.connections.all()
        with home.warehouse.connect(what="listing experiments") as connection:
            found = experiment_quality(connection, business_ids=[each.business_id for each in asked])
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("No experiment is loaded; `clarity-pipeline experiments --help` shows a file.")
    for each in found:
        span = f"{each['from_date']} to {each['to_date']}"
        click.secho(f"{each['business_id']}  {each['experiment']}  {each['variant']}  ({span})", bold=True)
        print_paragraph(each["said"], indent="  ", hanging="  ")
