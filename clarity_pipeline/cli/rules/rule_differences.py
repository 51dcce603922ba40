"""How the difference between stored rules and a folder is shown, field by field, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from clarity_pipeline.cli.output import print_paragraph
from clarity_pipeline.rules.book.rule_changes import RuleChange
from clarity_pipeline.rules.language.difference import ABSENT, FieldChange

_LONGEST_VALUE = 200


def difference_document(change: RuleChange, file: str | None) -> dict[str, Any]:
    """One rule of `rules sync --json`; `file` is null for one that the folder does not have."""
    return {
        "rule": change.rule_id,
        "turn": change.turn,
        "file": file,
        "revision": change.revision,
        "fields": [each.document() for each in change.fields],
    }


def print_differences(changes: Sequence[RuleChange], *, file_of: Mapping[str, str], dry_run: bool) -> None:
    """Each rule that changes with its fields, then how many there are of which kind."""
    for change in changes:
        if change.turn == "unchanged":
            continue
        file = file_of.get(change.rule_id)
        click.secho(f"{change.turn} {change.rule_id}  ({file or 'not in the folder'}, revision {change.revision})", bold=True)
        if change.turn != "added":
            for field in change.fields:
                print_paragraph(_said(field), indent="  ", hanging="  ")
    turns = ("added", "changed", "enabled", "disabled", "unchanged")
    counts = ", ".join(f"{sum(each.turn == turn for each in changes)} {turn}" for turn in turns)
    click.echo(f"{counts}.{' Nothing was written: this was a dry run.' if dry_run else ''}")


def _said(field: FieldChange) -> str:
    if field.before is ABSENT:
        return f"{field.path}: {_value(field.after)} (new)"
    if field.after is ABSENT:
        return f"{field.path}: {_value(field.before)} (gone)"
    return f"{field.path}: {_value(field.before)} -> {_value(field.after)}"


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
