"""Commands that try rules before anybody believes them: preview and backtest. They record nothing and send nothing."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from clarity_pipeline.alerts.rule_store import list_rules
from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.rooms import open_rooms
from clarity_pipeline.rules.rule_files import read_rules_file
from clarity_pipeline.settings import Settings


@click.command(
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


@click.command(
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
    from clarity_pipeline.evaluation import metric_sources

    first, last = from_.date(), to.date()
    if last < first:
        raise click.UsageError("--to is before --from")
    with open_rooms(Settings.from_env()) as rooms:
        tried = read_rules_file(file) if file else tuple(stored.rule for stored in list_rules(rooms.state))
        businesses = [each.business_id for each in rooms.connections.enabled()]
        with metric_sources(rooms, businesses) as sources:
            results = [
                (business_id, rule.id, replay(rule, metrics=sources[business_id], from_date=first, to_date=last))
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
