"""How a backtest is shown: the data it rests on first, then what each rule would have said, then what two versions differ in."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import click

from clarity_pipeline.cli.output import print_paragraph, print_table
from clarity_pipeline.cli.rules.preview_report import printable
from clarity_pipeline.rules.backtest.backtest import Backtest
from clarity_pipeline.rules.backtest.batch import Coverage
from clarity_pipeline.rules.backtest.comparison import Comparison
from clarity_pipeline.rules.language.subject import Subject

FEW = 30
_SHOWN = 5
DAYS_A_YEAR = 365.25


def backtest_document(subject: Subject, found: Backtest) -> dict[str, Any]:
    """One result of `rules backtest --json`."""
    return {
        "business": subject.business_id,
        "rule": subject.rule_id,
        "days": found.days,
        "days_with_data": found.days_with_data,
        "unknown": len(found.unknown_on),
        "fired_on": list(found.fired_on),
        "incidents": [
            {
                "opened_on": each.opened_on,
                "resolved_on": each.resolved_on,
                "last_fired_on": each.last_fired_on,
                "days": length(each),
            }
            for each in found.incidents
        ],
        "scope": subject.scope,
        "entity": subject.entity or None,
        "entity_name": found.entity_name,
        "messages": {
            "opened": found.messages.opened,
            "resolved": found.messages.resolved,
            "reminders": found.messages.reminders,
        },
        "unknown_because": dict(sorted(found.unknown.items(), key=lambda each: (-each[1], each[0]))),
    }


def comparison_document(one: Comparison) -> dict[str, Any]:
    """One result of `rules backtest --against --json`: what the first version would have said, and the other beside it."""
    subject = one.subject
    return {
        "business": subject.business_id,
        "rule": subject.rule_id,
        "scope": subject.scope,
        "entity": subject.entity or None,
        "only_here": list(one.only_here),
        "only_there": list(one.only_there),
        "both": list(one.both),
        "here": None if one.here is None else backtest_document(subject, one.here),
        "there": None if one.there is None else backtest_document(subject, one.there),
    }


def length(incident: Any) -> int:
    """Days from the first to the last on which it held, both counted."""
    return int((incident.last_fired_on - incident.opened_on).days) + 1


def print_coverage(coverage: Sequence[Coverage], *, from_date: date, to_date: date) -> None:
    """What there is to learn from, before anything is said about it."""
    days = (to_date - from_date).days + 1
    click.secho(f"Data from {from_date} to {to_date}, {days} days:", bold=True)
    if len(coverage) <= FEW:
        for each in coverage:
            span = f", from {each.first} to {each.last}" if each.first else ""
            click.echo(f"  {each.business_id}: {each.days_with_data} of {each.days} days{span}{_not_plain(each)}")
    else:
        whole = sum(each.days_with_data == each.days for each in coverage)
        least = sorted(coverage, key=lambda each: each.days_with_data)[:_SHOWN]
        click.echo(f"  {len(coverage)} businesses, {whole} of them with data on every day")
        for each in least:
            if each.days_with_data < each.days:
                click.echo(f"    {each.business_id}: {each.days_with_data} of {each.days} days{_not_plain(each)}")
    click.echo()


def print_backtest(results: Mapping[Subject, Backtest]) -> None:
    """A row a result where they are few; else a paragraph a rule."""
    if len(results) <= FEW:
        rows = [_row(subject, found) for subject, found in sorted(results.items())]
        columns = (
            "business",
            "about",
            "rule",
            "days",
            "days_with_data",
            "unknown",
            "fired_on",
            "incidents",
            "longest",
            "messages",
        )
        shown = [name for name in columns if name != "about" or any(row["about"] for row in rows)]
        empty = "Nothing to replay: import rules and connect a business first."
        print_table(rows, columns=shown, spare=("days", "longest"), wrapped="fired_on", empty=empty)
        return
    for rule_id, of_rule in groupby(sorted(results.items()), key=lambda each: each[0].rule_id):
        _print_rule(rule_id, list(of_rule))


def print_comparison(found: Sequence[Comparison]) -> None:
    """Days by rule, and which businesses differ most."""
    click.echo()
    click.secho("Here against there, days that fired:", bold=True)
    by_rule = sorted(found, key=lambda each: each.subject.rule_id)
    rows = []
    for rule_id, of_rule in groupby(by_rule, key=lambda each: each.subject.rule_id):
        ones = list(of_rule)
        rows.append(
            {
                "rule": rule_id,
                "only_here": sum(len(each.only_here) for each in ones),
                "only_there": sum(len(each.only_there) for each in ones),
                "both": sum(len(each.both) for each in ones),
                "messages_here": _said_by(each.here for each in ones),
                "messages_there": _said_by(each.there for each in ones),
                "in_which": _in_which(ones),
            }
        )
    columns = ("rule", "only_here", "only_there", "both", "messages_here", "messages_there", "in_which")
    print_table(rows, columns=columns, empty="No rule on either side.")
    for each in found[:_SHOWN]:
        for word, days in (("here", each.only_here), ("there", each.only_there)):
            if days:
                line = f"{each.subject.rule_id} on {_whom(each.subject)}, only {word}: {_dates(days)}"
                print_paragraph(line, indent="  ", hanging="  ")


def _not_plain(coverage: Coverage) -> str:
    counts = {"recovered": coverage.recovered, "shifted": coverage.shifted, "cut at 1,000 rows": coverage.truncated}
    return "".join(f", {count} {word}" for word, count in counts.items() if count)


def _row(subject: Subject, found: Backtest) -> dict[str, Any]:
    return {
        "business": subject.business_id,
        "about": printable(found.entity_name or subject.entity),
        "rule": subject.rule_id,
        "days": found.days,
        "days_with_data": found.days_with_data,
        "unknown": len(found.unknown_on),
        "fired_on": _dates(found.fired_on),
        "incidents": len(found.incidents),
        "longest": max((length(each) for each in found.incidents), default=None),
        "messages": found.messages.all,
    }


def _print_rule(rule_id: str, results: Sequence[tuple[Subject, Backtest]]) -> None:
    days = sum(found.days for _, found in results)
    unknown = sum(len(found.unknown_on) for _, found in results)
    incidents = sorted(length(each) for _, found in results for each in found.incidents)
    messages = sum(found.messages.all for _, found in results)
    a_year = len(incidents) / days * DAYS_A_YEAR
    click.secho(rule_id, bold=True)
    fired = sum(bool(found.fired_on) for _, found in results)
    because = sum((Counter(found.unknown) for _, found in results), Counter()).most_common(1)
    why = f", mostly: {because[0][0]}" if because else ""
    print_paragraph(
        f"fired in {fired} of {len(results)}; unknown on {unknown / days:.0%} of the days{why}", indent="  ", hanging="  "
    )
    if incidents:
        middle = incidents[len(incidents) // 2]
        lasted = f"the middle one of {_days(middle)}, the longest of {_days(incidents[-1])}"
        click.echo(f"  incidents: {len(incidents)} ({a_year:.2f} each and year), {lasted}; messages to each channel: {messages}")
    loudest = sorted((each for each in results if each[1].incidents), key=lambda each: -each[1].messages.all)
    for subject, found in loudest[:_SHOWN]:
        line = (
            f"{_whom(subject)}: {len(found.incidents)} incidents, {len(found.fired_on)} days: {_dates(found.fired_on[:_SHOWN])}"
        )
        print_paragraph(line + ", ..." * (len(found.fired_on) > _SHOWN), indent="    ", hanging="  ")


def _said_by(results: Iterable[Backtest | None]) -> int:
    return sum(each.messages.all for each in results if each)


def _in_which(found: Sequence[Comparison]) -> str:
    here, there = any(each.here for each in found), any(each.there for each in found)
    return "both" if here and there else "here" if here else "there"


def _whom(subject: Subject) -> str:
    return f"{subject.business_id} {printable(subject.entity)}".rstrip()


def _days(count: int) -> str:
    return f"{count} day{'s' * (count != 1)}"


def _dates(days: Iterable[date]) -> str:
    """Days in a row as a span: `2026-05-03, 2026-05-07 to 2026-05-12`."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in spans) or "-"
