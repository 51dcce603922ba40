"""Commands about what is kept: make the warehouse anew from it (`replay`), forget what is old (`prune`). Neither makes a call."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clarity_pipeline.cli.output import print_json, print_table, progress_bar, progress_lines
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import LEAST_RECORDS_DAYS, Settings

if TYPE_CHECKING:
    from clarity_pipeline.home import Home
    from clarity_pipeline.upkeep.respelt import Respelt
    from clarity_pipeline.upkeep.retention import Pruned

_DAYS = click.IntRange(min=1)
_RECORDS = click.IntRange(min=LEAST_RECORDS_DAYS)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline replay
  clarity-pipeline replay --into ./rebuilt.duckdb
  clarity-pipeline replay --workers 1 --json"""
)
@click.option(
    "--into", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write here and leave the warehouse as it is."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1, max=64),
    metavar="N",
    help="Processes that read answers; default: one a processor, at most 8.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="What came of it as one JSON document; how far it is, every 10 seconds, as JSON lines on standard error.",
)
def replay(into: Path | None, workers: int | None, as_json: bool) -> int:
    """Make the warehouse anew from the vault.

    Every lane is loaded again by today's normaliser into a new file, which then takes the old one's place in one step; the old
    one is used until then. What the vault no longer tells is taken over; where the old one is gone or cannot be read, it is set
    aside, and that comes from the published copy. `publish` then hands it to analysts.
    Ended in the middle, the next `replay` goes on where this one was; delete the unfinished file (`.replay`) to begin anew.

    What another mask or another meaning of a page spells otherwise is counted for each business, and with --json listed by its
    dimension_hash before and after; no value is told.

    Exit status: 0 all is rebuilt; 1 an answer is damaged and named, the rest is rebuilt.
    """
    from clarity_pipeline.normalize.version import NORMALISER_VERSION
    from clarity_pipeline.upkeep.replay import replay as rebuild

    with open_home(Settings.from_env()) as home:
        days = len(home.vault.business_days())
        shown = progress_lines if as_json else progress_bar
        with shown(days, what="business days") as advance:
            done = rebuild(home, into=into.absolute() if into else None, workers=workers, progress=advance)
    if as_json:
        print_json({**asdict(done), "path": str(done.path), "normaliser_version": NORMALISER_VERSION})
    else:
        speed = f"{done.seconds:.1f} s"
        if not done.resumed_days:
            speed += f", {done.lanes / done.seconds:.0f} lanes/s"
        click.echo(f"Rebuilt {done.path}: {done.lanes} lanes, {done.rows} rows by normaliser {NORMALISER_VERSION} ({speed}).")
        for count, what in (
            (done.resumed_days, "business days stood from a replay that was ended"),
            (done.superseded_rows, "superseded rows are in its history"),
            (done.taken_over, "lanes that the vault cannot tell are taken over as they were"),
            (done.unusable, "lanes have no well-formed answer"),
        ):
            if count:
                click.echo(f"{count} {what}.")
        for line in respelt_lines(done.respelt):
            click.echo(line)
    for line in done.notes:
        click.echo(f"warning: {line}", err=True)
    for line in done.failures:
        click.echo(f"error: {line}", err=True)
    if done.failures:
        click.echo(f"error: {len(done.failures)} failed; everything else is rebuilt", err=True)
    return 1 if done.failures else 0


def respelt_lines(respelt: "Sequence[Respelt]") -> Iterator[str]:
    """Lines of a business on what is spelt otherwise now; a page that became several has no one row of today to be told by."""
    for business, group in groupby(respelt, key=attrgetter("business")):
        changed = list(group)
        found = [each for each in changed if each.dimension_hash_after is not None]
        gone = [each for each in changed if each.dimension_hash_after is None]
        if found:
            names = ", ".join(Counter(name for each in found for name in each.values))
            after, rows = {each.dimension_hash_after for each in found}, sum(each.rows for each in found)
            yield (
                f"{business}: {len(found):,} combinations of values ({names}) in {rows:,} rows are spelt otherwise"
                f" now, and are {len(after):,}; --json lists their hashes before and after."
            )
        if gone:
            rows = sum(each.rows for each in gone)
            yield (
                f"{business}: {len(gone):,} combinations of values in {rows:,} rows stand no more, and no"
                " single one of today is what they were: a page that became several, or rows that are no longer told."
            )


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline prune --vault-days 400 --rows-days 800          (only says what would go)
  clarity-pipeline prune --vault-days 400 --rows-days 800 --yes
  clarity-pipeline prune --runs-days 30 --yes
  clarity-pipeline prune --jobs-days 400 --evaluations-days 400 --yes"""
)
@click.option("--vault-days", type=_DAYS, metavar="N", help="Keep the answers of the newest N days; default: CLARITY_VAULT_DAYS.")
@click.option(
    "--rows-days", type=_DAYS, metavar="N", help="Keep the rows of the newest N days, marts too; default: CLARITY_ROWS_DAYS."
)
@click.option(
    "--runs-days",
    type=_DAYS,
    metavar="N",
    help="Keep Dagster's runs and events of the newest N days, and always what is the newest of its partition.",
)
@click.option(
    "--jobs-days",
    type=_RECORDS,
    metavar="N",
    help="Keep jobs and calls of the newest N days, and always what is open, loaded from the vault, or the last good.",
)
@click.option(
    "--evaluations-days",
    type=_RECORDS,
    metavar="N",
    help="Keep what rules said on the newest N days, and always what fired and what an alert that lasts was held by.",
)
@click.option("--yes", is_flag=True, help="Do it; without this nothing is removed.")
@click.option("--json", "as_json", is_flag=True, help="What goes as a JSON list.")
def prune(
    vault_days: int | None,
    rows_days: int | None,
    runs_days: int | None,
    jobs_days: int | None,
    evaluations_days: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget old answers, rows, runs, jobs, evaluations.

    Says what would go, and removes it only with --yes. Rows whose answers stay in the vault come back with a `replay`; answers
    that go are gone for good, since Clarity cannot be asked for them again. Partitions stay materialised when their runs go.
    Alerts stay for ever.
    """
    from clarity_pipeline.upkeep.old_records import prune_evaluations, prune_jobs
    from clarity_pipeline.upkeep.retention import prune_rows, prune_vault

    settings = Settings.from_env()
    others = (runs_days, jobs_days, evaluations_days)
    if all(days is None for days in (vault_days, rows_days, *others)):
        vault_days, rows_days = settings.vault_days, settings.rows_days
    if all(days is None for days in (vault_days, rows_days, *others)):
        raise click.UsageError(
            "say how much is kept: --vault-days, --rows-days, --runs-days, --jobs-days, --evaluations-days"
            " (or CLARITY_VAULT_DAYS, CLARITY_ROWS_DAYS)"
        )
    with open_home(settings) as home:
        pruned = []
        if vault_days is not None:
            pruned.append(prune_vault(home, days=vault_days, forget=yes))
        if rows_days is not None:
            pruned.append(prune_rows(home, days=rows_days, forget=yes))
        if runs_days is not None:
            pruned.append(_prune_runs(home, days=runs_days, forget=yes))
        if jobs_days is not None:
            pruned += prune_jobs(home, days=jobs_days, forget=yes, moved=_counted("jobs and calls"))
        if evaluations_days is not None:
            pruned += prune_evaluations(home, days=evaluations_days, forget=yes, moved=_counted("evaluations"))
    documents = [{**asdict(each), "removed": yes} for each in pruned]
    if as_json:
        print_json(documents)
        return
    columns = ("place", "items", "size_bytes", "oldest", "newest", "kept_from", "removed")
    print_table(documents, columns=columns, empty="Nothing is kept.")
    if not yes and any(each.items for each in pruned):
        click.echo("Nothing is removed yet; run it again with --yes.")


def _counted(what: str) -> Callable[[int], None]:
    """Says on a terminal how many are gone; nothing anywhere else."""
    shown = sys.stderr.isatty()
    return lambda through: click.echo(f"{through:,} {what} are gone", err=True) if shown else None


def _prune_runs(home: "Home", *, days: int, forget: bool) -> "Pruned":
    from clarity_pipeline.orchestration.instance import open_instance
    from clarity_pipeline.orchestration.old_runs import forget_old_runs
    from clarity_pipeline.upkeep.retention import Pruned

    with open_instance(home.settings) as instance:
        gone = forget_old_runs(instance, now=home.clock(), days=days, forget=forget)
    return Pruned("runs", gone.before.date(), items=gone.events + gone.evaluations, size_bytes=gone.size_bytes)
