"""Commands that move data: sync, test, publish. Dagster is imported only by `sync`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

import click

from clarity_pipeline.calls.token_test import allowance, verify_token
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.connections.group_choice import chosen, with_groups
from clarity_pipeline.cli.output import print_json, progress_bars
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.trust.found import published_on, said_of_all

if TYPE_CHECKING:
    from clarity_pipeline.calls.ahead import Progress
    from clarity_pipeline.orchestration.sync import SyncReport


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline sync
  clarity-pipeline sync --business acme --business globex
  clarity-pipeline sync --group key-accounts --date 2026-11-21
  clarity-pipeline sync --strict"""
)
@click.option(
    "--business", "slugs", multiple=True, metavar="SLUG", help="Only this business; repeat for more. Default: all enabled."
)
@with_groups("Only those of this group; repeat for more.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="UTC date; default: yesterday.")
@click.option("--strict", is_flag=True, help="Exit 1 as well when a number of the day is known to be wrong.")
@click.option("--json", "as_json", is_flag=True, help="The day's jobs as a JSON list, as `jobs --json` shows them.")
def sync(slugs: tuple[str, ...], groups: tuple[str, ...], day: datetime | None, strict: bool, as_json: bool) -> int:
    """Fetch and load a day, evaluate the rules, publish.

    Runs the real Dagster job `daily_sync` in this process, four calls a business; what is in the vault already is not
    fetched again. A date can be fetched until 06:00 UTC of the next day. One that was lost is recovered behind the next two
    days, as `plan` says, or named with --date in those hours.

    The rules are also asked about what is imported of a business whose sync is off.

    The last line says what is known to be wrong or missing in the numbers of the day.

    Exit status: 0 every lane is loaded; 3 only the spent quota is in the way; 1 anything else. What is not recovered is a
    warning. With --strict also 1 when a finding about the data is an error.
    """
    from clarity_pipeline.definitions import build
    from clarity_pipeline.orchestration.sync import open_day_sync
    from clarity_pipeline.upkeep.doctor.channels import channel_findings

    settings = settings_for_calls()
    with open_home(settings) as home:
        slugs = chosen(home, slugs, groups)
        wanted = _wanted(home, slugs)
        others = [] if slugs else [each.business_id for each in home.connections.all() if each.business_id not in wanted]
        date_wanted = day.date() if day else home.yesterday()
        if not wanted:
            click.echo("No business is enabled; nothing to sync. See `clarity-pipeline status`.", err=True)
            if not others:
                if as_json:
                    print_json([])
                return 0
        with open_day_sync(settings, build(settings)) as day_sync, _progress(len(wanted)) as (begins, fetched):
            report = day_sync.run(
                home, business_ids=wanted, day=date_wanted, also_evaluated=others, progress=begins, fetched=fetched
            )
        of_channels = [each.sentence for each in channel_findings(home)]
        of_data = published_on(settings.published_file, day=date_wanted, business_ids=[*wanted, *others])
    if as_json:
        print_json([lane.document() for lane in (*report.lanes, *report.recoveries)])
    else:
        click.echo(_summary(report))
        for note in report.notes:
            click.echo(f"{note}.")
    for line in report.failures():
        click.echo(f"error: {line}", err=True)
    for line in report.not_recovered:
        click.echo(f"warning: {line}", err=True)
    for line in of_channels:
        click.echo(f"warning: {line}", err=True)
    if report.waiting_messages and not of_channels:
        click.echo(f"warning: {report.waiting_messages} alert messages wait for a receiver that does not answer", err=True)
    if of_data:
        click.echo(f"{said_of_all(of_data)}. `clarity-pipeline doctor` says what to do.", err=as_json)
    if not report.unsuccessful and not report.broken_steps:
        return int(strict and any(each.severity == "error" for each in of_data))
    return 3 if report.only_quota_is_spent else 1


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline test acme
  clarity-pipeline test acme --json"""
)
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="What came of it as a JSON document, also when the token is rejected.")
def test(slug: str, as_json: bool) -> int:
    """Verify a business's token with one real call.

    It counts against the ten of the day. Tests and other extras may take six of them; four are kept for the daily lanes.
    The answer is kept: in the fetchable hours (00:00 to 06:00 UTC) the daily sync then needs one call less.
    """
    with open_home(settings_for_calls()) as home:
        if sys.stderr.isatty():
            click.echo(f"{slug}: {allowance(home.capture, slug).sentence}", err=True)
        tested = verify_token(home.capture, slug, actor=os_user())
    if as_json:
        print_json(tested.document())
    if tested.error is not None:
        taken = f"; {tested.cost[0].lower()}{tested.cost[1:-1]}" if tested.calls_taken else ""
        click.echo(f"error: {' '.join(str(tested.error).split())}{taken}", err=True)
        return 3 if isinstance(tested.error, QuotaSpent) else 1
    if not as_json:
        click.echo(f"{slug}: Clarity accepts the token ({tested.rows} rows by URL and device).")
        if tested.seen:
            click.echo(f"warning: {tested.seen}" if tested.is_of_other_site else tested.seen, err=tested.is_of_other_site)
        click.echo(tested.cost)
        if tested.saves_a_call:
            click.echo("Its answer is the first lane of today's sync, which needs one call less.")
        click.echo(f"Before it {tested.before.calls_left} were left; {tested.after.tests_free} more can be used for tests today.")
    return 0


@click.command(
    epilog="""\b
Example:
  clarity-pipeline publish
  clarity-pipeline publish --whole"""
)
@click.option("--whole", is_flag=True, help="Make the file from nothing, also where what has changed would do.")
def publish(whole: bool) -> None:
    """Renew the DuckDB file that analysts open.

    What has changed is put into the file before, which then takes the name by one rename; who has the old one open keeps it.
    """
    from clarity_pipeline.day.publish import publish_warehouse
    from clarity_pipeline.day.unexpected import Step, unexpected_told

    with open_home(Settings.from_env()) as home, unexpected_told(home, Step("publishing")):
        published = publish_warehouse(home, whole=whole)
    click.echo(
        f"Published {published.path} ({published.size_bytes / 1e6:.1f} MB in {published.seconds:.2f} s): {published.said}."
    )


def settings_for_calls() -> Settings:
    """The environment, unless it would send a demo's made-up tokens to Microsoft."""
    settings = Settings.from_env()
    if settings.is_real_clarity and settings.demo_marker.exists():
        raise click.ClickException(
            f"{settings.home} holds a demo, whose tokens Clarity does not know: choose another CLARITY_HOME for real projects,"
            " or look at the demo with `make dev`"
        )
    return settings


@contextmanager
def _progress(businesses: int) -> Iterator[tuple[Callable[[str], None], Callable[["Progress"], None]]]:
    """Two bars: what is fetched, many at once, and what is loaded, one after the other."""
    with progress_bars(businesses, what=("fetched", "loaded")) as (show_fetched, show_loaded):
        begun = count()

        def fetched(ahead: "Progress") -> None:
            calls = f"{ahead.fetched} answers" + (f", {ahead.refused} refused" if ahead.refused else "")
            show_fetched(businesses - ahead.businesses + ahead.through, calls)

        yield lambda name: show_loaded(next(begun), name), fetched


def _wanted(home: Home, slugs: Sequence[str]) -> list[str]:
    if slugs:
        return [home.connections.get(slug).business_id for slug in dict.fromkeys(slugs)]
    return [business.business_id for business in home.connections.all() if business.enabled or business.has_imports_alone]


def _summary(report: "SyncReport") -> str:
    good = [lane for lane in report.lanes if lane.state == "ok"]
    rows, calls = sum(lane.rows or 0 for lane in good), sum(lane.calls for lane in report.lanes)
    lines = [f"{report.date}: {len(good)} of {len(report.lanes)} lanes ok, {rows} rows, {calls} calls."]
    for day in sorted({lane.date for lane in report.recovered}):
        lanes = [lane for lane in report.recovered if lane.date == day]
        rows, calls = sum(lane.rows or 0 for lane in lanes), sum(lane.calls for lane in lanes)
        lines.append(f"{day}: {len(lanes)} lost lanes recovered, {rows} rows, {calls} calls.")
    return "\n".join(lines)
