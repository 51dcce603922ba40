"""The command that says what is wrong and what to do. It makes no call and changes nothing."""

from itertools import groupby

import click

from clarity_pipeline.cli.output import print_json, print_paragraph
from clarity_pipeline.connections.status import connection_status, connection_statuses
from clarity_pipeline.home import open_home
from clarity_pipeline.settings import Settings

_COLOURS = {"error": "red", "warning": "yellow", "note": None}


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline doctor
  clarity-pipeline doctor acme --json"""
)
@click.argument("slug", required=False)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def doctor(slug: str | None, as_json: bool) -> int:
    """Say what is wrong, and what to do about it.

    Of each business and of this installation: rejected and expiring tokens, lanes that failed and why, a daily run that was
    not made, sites without the tracking code, rules without data, numbers that are known to be wrong or missing, keys, disk,
    published file. No call is spent.

    Exit status: 0 nothing is wrong (there may be notes, and warnings about the data); 1 something is.
    """
    from clarity_pipeline.upkeep.doctor.diagnose import diagnose, is_wrong

    with open_home(Settings.from_env()) as home:
        if slug is not None:
            known = [connection_status(home.state, slug, clock=home.clock)]
        else:
            known = connection_statuses(home.state, clock=home.clock)
        findings = diagnose(home, business_ids=None if slug is None else [slug])
    if as_json:
        print_json([each.document() for each in findings])
        return int(is_wrong(findings))
    words = {each.business.business_id: each.badge.label for each in known}
    for business_id, of_one in groupby(findings, key=lambda each: each.business_id):
        heading = "this installation" if business_id is None else f"{business_id}: {words[business_id]}"
        click.secho(heading, bold=True)
        for each in of_one:
            print_paragraph(
                f"{click.style(each.severity, fg=_COLOURS[each.severity])}: {each.sentence}", indent="  ", hanging="  "
            )
            print_paragraph(f"-> {each.what_to_do}", indent="    ", hanging="   ")
    well = sorted(set(words) - {each.business_id for each in findings})
    if well:
        print_paragraph(f"Nothing to say of {', '.join(well)}.")
    if not known:
        click.echo("No business is connected yet: `clarity-pipeline connect SLUG --project-id ID`.")
    return int(is_wrong(findings))
