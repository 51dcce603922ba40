"""The command that shows the library of ready rules: what each is for, how often it is wrong, and its file to adapt."""

import textwrap
from dataclasses import asdict
from typing import Any

import click

from clarity_pipeline.cli.output import print_json, print_paragraph
from clarity_pipeline.rules.engine.needs import needs_of
from clarity_pipeline.rules.language.leaves import nearest
from clarity_pipeline.rules.language.ready import LibraryRule


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline rules library
  clarity-pipeline rules library rage-clicks-jump > mine.yaml
  clarity-pipeline rules import --library"""
)
@click.argument("rule_id", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def library(rule_id: str | None, as_json: bool) -> None:
    """Show the ready rules, or the file of one.

    Each with what it is for, what it needs before it can answer, and how many alerts a site and year it gives with nothing
    changed, measured on simulated sites. All but the two about the connection are off until you turn them on:
    `rules library ID > mine.yaml`, `rules preview --file mine.yaml`, `rules enable ID`.
    """
    from clarity_pipeline.rules.language.ready import library as ready_rules

    found = ready_rules()
    if rule_id is not None:
        chosen = [each for each in found if each.rule.id == rule_id]
        if not chosen:
            raise click.UsageError(
                f"no ready rule is called '{rule_id[:60]}'; {nearest(rule_id, [each.rule.id for each in found])}"
            )
        found = tuple(chosen)
    if as_json:
        print_json([_document(each) for each in found])
    elif rule_id is not None:
        click.echo("".join(f"# {line}\n" for line in textwrap.wrap(f"Needs: {_needs(found[0])}.", 105)), nl=False)
        click.echo(found[0].text, nl=False)
    else:
        for each in found:
            _print(each)


def _document(one: LibraryRule) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "name": one.rule.name,
        "enabled": one.rule.enabled,
        "severity": one.rule.severity,
        "scope": one.rule.scope,
        "about": one.about,
        "needs": {**asdict(needs_of(one.rule)), "sessions_a_day": one.sessions_a_day},
        "measured": [each._asdict() for each in one.measured],
        "document": one.rule.document(),
    }


def _needs(one: LibraryRule) -> str:
    return needs_of(one.rule).said(sessions_a_day=one.sessions_a_day)


def _print(one: LibraryRule) -> None:
    rule = one.rule
    click.secho(f"{rule.id}  {rule.name}" + "  (on)" * rule.enabled, bold=True)
    print_paragraph(one.about, indent="  ")
    print_paragraph(f"Needs: {_needs(one)}.", indent="  ", hanging="  ")
    if one.measured:
        rates = ", ".join(f"{each.false_alarms_a_year:g} at {each.sessions_a_day:,}" for each in one.measured)
        print_paragraph(f"False alarms a site and year, by its sessions a day: {rates}.", indent="  ")
