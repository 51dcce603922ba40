"""Commands about rules. None of them makes a call, and only `import` changes anything."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from clarity_pipeline.alerts.rule_store import export_rules, import_rules, list_rules
from clarity_pipeline.cli.output import InOrder, print_json, print_table
from clarity_pipeline.rooms import open_rooms
from clarity_pipeline.rules.rule_files import EXAMPLE_RULE, RulesInvalid, read_rules_file, shipped_rules
from clarity_pipeline.settings import Settings

_EXAMPLE = "\b\nA complete rule (save it as rules.yaml, then `clarity-pipeline rules import rules.yaml`):\n\n\b\n" + EXAMPLE_RULE
_SHIPPED = "The two rules that come with the program."


@click.group(cls=InOrder, epilog=_EXAMPLE)
def rules() -> None:
    """Rules over the ten clarity_* metrics.

    A metric without data is unknown: it never makes a condition true and never stops the rest of the rule.

    \b
    clarity_sessions          clarity_rage_click_rate
    clarity_rage_clicks       clarity_dead_click_rate
    clarity_dead_clicks       clarity_quick_back_rate
    clarity_quick_backs       clarity_scroll_depth
    clarity_excessive_scroll  clarity_engagement_time_ms
    """


@rules.command(
    epilog="""\b
Example:
  clarity-pipeline rules check rules.yaml"""
)
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> int:
    """Check a rules file.

    Every problem is one line that names file, rule and field.
    """
    try:
        found = read_rules_file(file)
    except RulesInvalid as invalid:
        for problem in invalid.problems:
            click.echo(f"error: {problem}", err=True)
        return 2
    click.echo(f"{file.name}: {len(found)} rules, no problem.")
    return 0


@rules.command(
    name="import",
    epilog="""\b
Examples:
  clarity-pipeline rules import rules.yaml
  clarity-pipeline rules import --shipped""",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--shipped", is_flag=True, help=_SHIPPED)
def import_(file: Path | None, shipped: bool) -> None:
    """Store the rules of a file, all or none.

    One with the same id is replaced.
    """
    if shipped == (file is not None):
        raise click.UsageError("give a rules file, or --shipped")
    wanted = shipped_rules() if file is None else read_rules_file(file)
    with open_rooms(Settings.from_env()) as rooms:
        imported = import_rules(rooms.state, clock=rooms.clock, rules=wanted)
    for what, ids in (("added", imported.added), ("changed", imported.changed), ("unchanged", imported.unchanged)):
        if ids:
            click.echo(f"{what}: {', '.join(ids)}")


@rules.command(
    epilog="""\b
Example:
  clarity-pipeline rules export > rules.yaml"""
)
def export() -> None:
    """Print the stored rules as YAML.

    Importing it again changes nothing.
    """
    with open_rooms(Settings.from_env()) as rooms:
        click.echo(export_rules(rooms.state), nl=False)


@rules.command(
    epilog="""\b
Example:
  clarity-pipeline rules preview --date 2026-11-21 --json"""
)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="UTC date; default: yesterday.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def preview(day: datetime | None, as_json: bool) -> None:
    """Show what each rule would say, and why.

    Of each enabled business; nothing is recorded or sent.
    """
    from clarity_pipeline.evaluation import judge_business_days

    with open_rooms(Settings.from_env()) as rooms:
        date_wanted = day.date() if day else rooms.yesterday()
        judged = judge_business_days(rooms, [(each.business_id, date_wanted) for each in rooms.connections.enabled()])
    documents: list[dict[str, Any]] = [
        {
            "business": each.business_id,
            "rule": each.stored.rule.id,
            "date": each.date,
            "outcome": each.evaluation.outcome,
            "reason": each.evaluation.reason,
            "evidence": [leaf.model_dump(mode="json") for leaf in each.evaluation.evidence],
        }
        for each in judged
    ]
    if as_json:
        print_json(documents)
        return
    rows = [{**each, "values": _values(each["evidence"])} for each in documents]
    columns = ("business", "rule", "date", "outcome", "values", "reason")
    empty = "Nothing to judge: import rules and connect a business first."
    print_table(rows, columns=columns, spare=("date", "reason"), wrapped="values", empty=empty)


@rules.command(
    epilog="""\b
Example:
  clarity-pipeline rules backtest --from 2026-11-01 --to 2026-11-21"""
)
@click.option("--from", "from_", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="YYYY-MM-DD", help="First date.")
@click.option("--to", type=click.DateTime(["%Y-%m-%d"]), required=True, metavar="YYYY-MM-DD", help="Last date.")
@click.option("--file", type=click.Path(path_type=Path), help="Rules to try; default: the stored ones.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def backtest(from_: datetime, to: datetime, file: Path | None, as_json: bool) -> None:
    """Replay rules over stored days.

    First how many days have data, then on which the rules would have fired. Nothing is recorded or sent.
    """
    from clarity_pipeline.alerts.backtest import backtest as replay
    from clarity_pipeline.rule_history import read_known

    first, last = from_.date(), to.date()
    if last < first:
        raise click.UsageError("--to is before --from")
    with open_rooms(Settings.from_env()) as rooms:
        tried = read_rules_file(file) if file else tuple(stored.rule for stored in list_rules(rooms.state))
        businesses = [each.business_id for each in rooms.connections.enabled()]
        known = read_known(rooms, rules=tried, business_ids=businesses, from_date=first, to_date=last)
        results = [
            (business_id, rule.id, replay(rule, known=known[business_id], from_date=first, to_date=last))
            for business_id in businesses
            for rule in tried
            if rule.concerns(business_id)
        ]
    documents: list[dict[str, Any]] = [
        {
            "business": business_id,
            "rule": rule_id,
            "days": result.days,
            "days_with_data": result.days_with_data,
            "unknown": len(result.unknown_on),
            "fired_on": list(result.fired_on),
            "incidents": [{"opened_on": each.opened_on, "resolved_on": each.resolved_on} for each in result.incidents],
        }
        for business_id, rule_id, result in results
    ]
    if as_json:
        print_json(documents)
        return
    rows = [{**each, "fired_on": _dates(each["fired_on"]), "incidents": len(each["incidents"])} for each in documents]
    columns = ("business", "rule", "days", "days_with_data", "unknown", "fired_on", "incidents")
    empty = "Nothing to replay: import rules and connect a business first."
    print_table(rows, columns=columns, spare=("days",), wrapped="fired_on", empty=empty)


def _values(evidence: list[dict[str, Any]]) -> str:
    return ", ".join(
        f"{leaf['metric']} {'-' if leaf['value'] is None else format(leaf['value'], '.4g')} ({leaf['operator']} "
        f"{'-' if leaf['threshold'] is None else format(leaf['threshold'], '.4g')})"
        for leaf in evidence
    )


def _dates(days: list[date]) -> str:
    return ", ".join(day.isoformat() for day in days) or "-"
