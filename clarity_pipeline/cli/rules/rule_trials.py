"""Commands that try rules before anybody believes them: preview and backtest. They record nothing and send nothing."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from clarity_pipeline.cli.connections.group_choice import chosen, with_groups
from clarity_pipeline.cli.output import print_json, progress_bar
from clarity_pipeline.home import open_home
from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.rules.language.rule_files import read_rules_file
from clarity_pipeline.settings.settings import Settings

_DATE = click.DateTime(["%Y-%m-%d"])


def tried(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which rules are tried on whom."""
    for option in (
        click.option(
            "--business",
            "slugs",
            multiple=True,
            metavar="SLUG",
            help="Only this business; repeat for more. Default: all.",
        ),
        with_groups("Only those of this group; repeat for more."),
        click.option(
            "--rule", "rule_ids", multiple=True, metavar="ID", help="Only this rule, also when it is disabled; repeat for more."
        ),
        click.option("--file", type=click.Path(path_type=Path), help="Rules to try, as if enabled; default: the stored ones."),
    ):
        command = option(command)
    return command


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline rules preview --date 2026-11-21 --json
  clarity-pipeline rules preview --file tried.yaml --business acme"""
)
@click.option("--date", "day", type=_DATE, metavar="YYYY-MM-DD", help="UTC date; default: yesterday.")
@tried
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def preview(
    day: datetime | None,
    file: Path | None,
    rule_ids: tuple[str, ...],
    slugs: tuple[str, ...],
    groups: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show what each rule would say, and why.

    Of each business, page and entity: what fires first, then the nearest misses (100 % is on the limit), then what is unknown
    and why. Nothing is recorded or sent.
    """
    from clarity_pipeline.cli.rules.preview_report import preview_document, print_preview, print_unasked
    from clarity_pipeline.rules.backtest.chosen import chosen_businesses, chosen_versions
    from clarity_pipeline.rules.backtest.preview import preview as judged
    from clarity_pipeline.rules.backtest.unasked import unasked

    given = read_rules_file(file) if file else None
    with open_home(Settings.from_env()) as home:
        businesses = chosen_businesses(home.connections, chosen(home, slugs, groups))
        with home.state.read() as facts, home.warehouse.connect(what="reading what rules ask") as rows:
            now = home.clock()
            (rules,) = chosen_versions(list_rules(facts), given=[given], rule_ids=rule_ids, now=now)
            asked = day.date() if day else home.yesterday()
            found = judged(facts, rows, now=now, rules=rules, business_ids=businesses, day=asked)
            were = [(each.judgement.stored.rule.id, each.judgement.business_id) for each in found]
            nobody = unasked(rows, rules=rules, business_ids=businesses, day=asked, asked=were)
    if as_json:
        print_json([preview_document(each) for each in found])
    elif found or not nobody:
        print_preview(found)
    print_unasked(nobody, err=as_json)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline rules backtest --from 2026-11-01 --to 2026-11-21
  clarity-pipeline rules backtest --from 2026-11-01 --to 2026-11-21 --against other.yaml"""
)
@click.option("--from", "from_", type=_DATE, required=True, metavar="YYYY-MM-DD", help="First date.")
@click.option("--to", type=_DATE, required=True, metavar="YYYY-MM-DD", help="Last date.")
@tried
@click.option("--against", type=click.Path(path_type=Path), help="Another version of the rules: the days on which they differ.")
@click.option(
    "--as-known/--as-now",
    "as_known",
    default=True,
    help="Each day by what was known the morning after (default), or by all data.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def backtest(
    from_: datetime,
    to: datetime,
    file: Path | None,
    rule_ids: tuple[str, ...],
    slugs: tuple[str, ...],
    groups: tuple[str, ...],
    against: Path | None,
    as_known: bool,
    as_json: bool,
) -> None:
    """Replay rules over stored days.

    First how many days have data, then on which the rules would have fired, how long it would have lasted, and how many messages
    each channel would have got. Nothing is recorded or sent.
    """
    from clarity_pipeline.cli.rules import backtest_report as report
    from clarity_pipeline.rules.backtest.batch import backtests
    from clarity_pipeline.rules.backtest.chosen import chosen_businesses, chosen_versions
    from clarity_pipeline.rules.backtest.comparison import compare

    first, last = _span(from_, to)
    given = [read_rules_file(file) if file else None, *(read_rules_file(each) for each in (against,) if each)]
    with open_home(Settings.from_env()) as home:
        now = home.clock()
        with home.state.read() as facts:
            versions = chosen_versions(list_rules(facts), given=given, rule_ids=rule_ids, now=now)
        businesses = chosen_businesses(home.connections, chosen(home, slugs, groups))
        with progress_bar(len(businesses), what="replaying") as begin:
            trial = backtests(
                home.state,
                home.warehouse,
                now=now,
                versions=[[stored.rule for stored in version] for version in versions],
                business_ids=businesses,
                from_date=first,
                to_date=last,
                as_known=as_known,
                begin=begin,
            )
    if against is not None:
        compared = compare(*trial.results)
    if as_json:
        documents = [report.backtest_document(*each) for each in trial.results[0].items()]
        print_json(documents if against is None else [report.comparison_document(each) for each in compared])
        return
    report.print_coverage(trial.coverage, from_date=first, to_date=last)
    report.print_backtest(trial.results[0])
    if against is not None:
        report.print_comparison(compared)


def _span(from_: datetime, to: datetime) -> tuple[date, date]:
    first, last = from_.date(), to.date()
    if last < first:
        raise click.UsageError("--to is before --from")
    return first, last
