"""The command that says what is wrong and what to do. It makes no call and changes nothing."""

from dataclasses import asdict
from itertools import groupby
from typing import Any

import click

from clarity_pipeline.cli.output import print_json, print_paragraph, print_table, progress_bar, progress_lines
from clarity_pipeline.connections.status import connection_status, connection_statuses
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings

_COLOURS = {"error": "red", "warning": "yellow", "note": None}


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline doctor
  clarity-pipeline doctor acme --json
  clarity-pipeline doctor --sizes
  clarity-pipeline doctor --deep
  clarity-pipeline doctor --deep --json"""
)
@click.argument("slug", required=False)
@click.option("--sizes", is_flag=True, help="Only say what is kept: rows, bytes, since when, how much a day, what lets it go.")
@click.option("--deep", is_flag=True, help="Only read everything that is kept through, and hold it against everything else.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def doctor(slug: str | None, sizes: bool, deep: bool, as_json: bool) -> int:
    """Say what is wrong, and what to do about it.

    Of each business and of this installation: rejected and expiring tokens, lanes that failed and why, a daily run that was
    not made, sites without the tracking code, rules without data, numbers that are known to be wrong or missing, keys, disk,
    published file. No call is spent.

    With --deep every row of the state, every answer of the vault, every block of the warehouse and of the published file and
    Dagster's files are read, keys are tried, and each is held against the others: lanes against what was loaded, answers
    against their digests, what is published against the warehouse. It takes as long as there is data, and may run at any time.

    Exit status: 0 nothing is wrong (there may be notes, and warnings about the data); 1 something is.
    """
    from clarity_pipeline.upkeep.doctor.diagnose import diagnose, is_wrong

    if (sizes or deep) and slug is not None:
        raise click.UsageError(f"--{'sizes' if sizes else 'deep'} is about the whole installation; leave the business out")
    if sizes and deep:
        raise click.UsageError("--sizes and --deep are two questions; ask one of them")
    if sizes:
        return _sizes(as_json=as_json)
    if deep:
        return _deep(as_json=as_json)
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


def _deep(*, as_json: bool) -> int:
    from clarity_pipeline.upkeep.deep.read_through import parts, read_through

    with open_home(Settings.from_env()) as home:
        shown = progress_lines if as_json else progress_bar
        with shown(parts(home), what="read") as advance:
            done = read_through(home, progress=advance)
    if as_json:
        print_json([each.document() for each in done.findings])
        return int(bool(done.findings))
    for each in done.findings:
        whose = f"{each.business_id}: " if each.business_id else ""
        click.echo(f"{click.style(each.severity, fg=_COLOURS[each.severity])}: {whose}{each.sentence} -> {each.what_to_do}")
    what = f"{done.answers} answers and {done.lanes} lanes read in {done.seconds:.1f} s"
    found = f"{len(done.findings)} finding{'s'[: len(done.findings) != 1]}" if done.findings else "nothing is damaged or missing"
    click.echo(f"{what}: {found}.")
    return int(bool(done.findings))


def _sizes(*, as_json: bool) -> int:
    settings = Settings.from_env()
    with open_home(settings) as home:
        found = [asdict(each) for each in _kept(home)]
    if as_json:
        print_json(found)
        return 0
    columns = ("what", "items", "bytes", "oldest", "a_day", "kept_days", "forgotten_by")
    print_table([_shown(each) for each in found], columns=columns, empty="Nothing is kept yet.", spare=("forgotten_by", "oldest"))
    return 0


def _kept(home: Home) -> list[Any]:
    from clarity_pipeline.orchestration.instance import open_instance
    from clarity_pipeline.orchestration.kept_runs import kept_runs
    from clarity_pipeline.upkeep.kept import kept

    found = list(kept(home))
    if home.settings.given_dagster_home is None and not home.settings.dagster_folder.exists():
        return found  # nothing ran yet, and looking makes nothing
    with open_instance(home.settings) as instance:
        return [*found, *kept_runs(instance, home.settings)]


def _shown(each: dict[str, Any]) -> dict[str, Any]:
    """For people: MB, one place behind the point, `for ever` where nothing is forgotten."""
    size, a_day = each["size_bytes"], each["a_day"]
    return {
        "what": each["what"],
        "items": "" if each["items"] is None else f"{each['items']:,}",
        "bytes": "" if size is None else f"{size / 1e6:,.1f} MB",
        "oldest": each["oldest"] or "",
        "a_day": "" if a_day is None else f"{a_day:,.1f}",
        "kept_days": each["kept_days"] or "for ever",
        "forgotten_by": each["forgotten_by"] or "",
    }
