"""The command that asks a live project about what nobody could tell of Clarity: contract."""

from pathlib import Path

import click

from clarity_pipeline.calls.contract_check import check_contract
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.data.day import settings_for_calls
from clarity_pipeline.cli.output import print_json
from clarity_pipeline.home import open_home


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline contract acme
  clarity-pipeline contract acme --out report.md
  clarity-pipeline contract acme --json"""
)
@click.argument("slug")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write the report there, as Markdown; a file that exists is kept.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The report as a JSON document.")
def contract(slug: str, out: Path | None, as_json: bool) -> int:
    """Check with one real call what is unknown about Clarity's API.

    The report holds no personal data and can be shared: no address, project, token or country, counts as orders of magnitude.
    The call is one of those kept for tests; a refusal is a finding too.
    """
    if out is not None and out.exists():
        raise click.UsageError(f"{out.name} exists already, and no call was made; give --out a name that is free")
    if out is not None and not out.absolute().parent.is_dir():
        raise click.UsageError("the folder of --out does not exist, and no call was made; make it first")
    with open_home(settings_for_calls()) as home:
        report = check_contract(home.capture, slug, actor=os_user())
    if out is not None:
        out.write_text(report.markdown())
    if as_json:
        print_json(report.document())
    elif out is None:
        click.echo(report.markdown(), nl=False)
    else:
        click.echo(f"Wrote {out}; this took one of the day's calls.")
    if report.error is None:
        return 0
    click.echo(f"error: {' '.join(str(report.error).split())}", err=True)
    return 3 if isinstance(report.error, QuotaSpent) else 1
