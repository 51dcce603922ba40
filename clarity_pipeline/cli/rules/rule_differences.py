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
        "replaces": {"revision": change.revision - 1, "author": change.author_before} if is_of_browser(change) else None,
    }


def is_of_browser(change: RuleChange) -> bool:
    """Whether it takes the place of what somebody had saved in the panel."""
    return change.turn != "unchanged" and (change.author_before or "").startswith("panel:")


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
    for change in filter(is_of_browser, changes):
        verb = "would replace" if dry_run else "replaced"
        click.echo(
            f"warning: this {verb} what {change.author_before} saved of {change.rule_id} in the panel; revision"
            f" {change.revision - 1} is kept, and the rule's page there shows and restores it",
            err=True,
        )
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
