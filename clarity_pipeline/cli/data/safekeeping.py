"""The commands `backup` and `restore`: a home in a folder or a file, and a home from it. Neither makes a call."""

from pathlib import Path

import click

from clarity_pipeline.cli.output import print_json, progress_bar
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline backup /backups/clarity-2026-11-30.tar.zst
  clarity-pipeline backup ./kept
  clarity-pipeline backup ./kept.tar --json"""
)
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="What it holds as one JSON document.")
def backup(target: Path, as_json: bool) -> int:
    """Copy the home, while it runs, to TARGET.

    TARGET is a folder, or one file that ends in .tar or .tar.zst, and nothing may be there yet. It holds the state database,
    the keys, the warehouse and the vault, consistent with each other; it is read through before it gets its name. What is
    published, and Dagster's history of runs, is made again and left out.

    The keys are in it, so whoever reads it reads every token: it is written for its owner alone (mode 0600), and belongs where
    nobody else comes. A state in Postgres is in it too, as one snapshot: it is restored into a file or into any Postgres.

    Exit status: 0 all is in it; 1 the warehouse could not be read, and all else is in it.
    """
    from clarity_pipeline.upkeep.backup.back_up import back_up, document
    from clarity_pipeline.upkeep.sealing import vault_of

    with open_home(Settings.from_env()) as home:
        days = len(vault_of(home.settings).business_days())
        with progress_bar(days, what="business days") as advance:
            done = back_up(home, target.absolute(), progress=advance)
    if as_json:
        print_json(document(done))
    else:
        rows = "no warehouse" if done.lanes is None else f"{done.lanes} lanes with {done.rows} rows"
        click.echo(
            f"Backed up to {done.path}: {done.businesses} businesses, {done.calls} calls in the ledger, {done.answers} answers,"
            f" {rows}, {'no key' if done.keys_elsewhere else 'the keys'}"
            f" ({done.size_bytes / 1e6:.1f} MB, {done.seconds:.1f} s)."
        )
        click.echo("Whoever reads it reads every token: keep it where nobody else comes.")
    for line in done.left_out:
        click.echo(f"warning: {line}", err=True)
    return 0 if done.is_whole else 1


@click.command(
    epilog="""\b
Examples:
  CLARITY_HOME=/srv/clarity clarity-pipeline restore /backups/clarity-2026-11-30.tar.zst
  clarity-pipeline restore ./kept --json"""
)
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="What is in the home now as one JSON document.")
def restore(source: Path, as_json: bool) -> int:
    """Make CLARITY_HOME from a back-up.

    The home must be empty. Everything is unpacked aside, read through and opened (state, each secret, each answer, the
    warehouse, an older release's brought up to this one), and the analysts' file is published, before it is put in place;
    interrupted, it is run again. The next `sync` goes on from there, and no call of the back-up's days is made twice.

    Stop the pipeline of the other home first: two of them would share each project's ten calls.

    Exit status: 0 all is there; 1 an answer in it was damaged, or it could not be published; that is named, all else is there.
    """
    from clarity_pipeline.upkeep.backup.archive import contents
    from clarity_pipeline.upkeep.backup.restore import document
    from clarity_pipeline.upkeep.backup.restore import restore as make_home

    settings = Settings.from_env()
    days = int(contents(source).get("business_days", 0))
    with progress_bar(days, what="business days") as advance:
        done = make_home(settings, source.absolute(), progress=advance)
    if as_json:
        print_json(document(done))
    else:
        rows = f"{done.lanes} lanes with {done.rows} rows, published again"
        if done.lanes is None:
            rows = "no warehouse: `clarity-pipeline replay` makes it"
        click.echo(
            f"Restored {done.home} as of {done.of}: {done.businesses} businesses, {done.answers} answers, {rows}"
            f" ({done.seconds:.1f} s)."
        )
    for line in done.notes:
        click.echo(f"warning: {line}", err=True)
    for line in done.failures:
        click.echo(f"error: {line}", err=True)
    return 1 if done.failures else 0
