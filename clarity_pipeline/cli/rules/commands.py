"""The group `rules`: its help with one complete rule, and what needs no home (check, schema). No command of it makes a call."""

import json
from pathlib import Path

import click

from clarity_pipeline.cli.output import InOrder
from clarity_pipeline.cli.rules.rule_keeping import disable, enable, export, import_, list_, sync
from clarity_pipeline.cli.rules.rule_library import library
from clarity_pipeline.cli.rules.rule_trials import backtest, preview
from clarity_pipeline.rules.language.rule_files import EXAMPLE_RULE, RulesInvalid, read_rules_file
from clarity_pipeline.rules.language.rule_folder import read_rules_folder

_EXAMPLE = "\b\nA complete rule (save it as rules.yaml, then `clarity-pipeline rules import rules.yaml`):\n\n\b\n" + EXAMPLE_RULE


@click.group(cls=InOrder, epilog=_EXAMPLE)
def rules() -> None:
    """When to tell whom what about businesses, pages, ads.

    A metric without data is unknown: it never makes a condition true and never stops the rest of the rule. The ten that most
    rules need; `schema` has all:

    \b
    clarity_sessions          clarity_rage_click_rate
    clarity_rage_clicks       clarity_dead_click_rate
    clarity_dead_clicks       clarity_quick_back_rate
    clarity_quick_backs       clarity_scroll_depth
    clarity_excessive_scroll  clarity_engagement_time_ms
    """


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline rules check rules.yaml
  clarity-pipeline rules check ./rules"""
)
@click.argument("file", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
def check(file: Path) -> int:
    """Check a rules file, or all of a folder.

    Every problem is one line that names file, rule and field.
    """
    try:
        found = [rule for rules in read_rules_folder(file).values() for rule in rules] if file.is_dir() else read_rules_file(file)
    except RulesInvalid as invalid:
        for problem in invalid.problems:
            click.echo(f"error: {problem}", err=True)
        return 2
    click.echo(f"{file.name or file}: {len(found)} rules, no problem.")
    return 0


@click.command(
    epilog="""\b
Example:
  clarity-pipeline rules schema > rules.schema.json
\b
Then begin each YAML file beside it with this line, for editors with yaml-language-server
(VS Code with its YAML extension, Neovim, Emacs, Helix):
  # yaml-language-server: $schema=./rules.schema.json"""
)
def schema() -> None:
    """Print the JSON Schema of a rules file.

    Editors complete and check with it while you type. `rules check` knows more: names in use twice, sizes, whole trees.
    """
    from clarity_pipeline.rules.language.schema_for_editors import rules_schema

    click.echo(json.dumps(rules_schema(), indent=2, ensure_ascii=False))


for command in (library, check, import_, list_, export, sync, enable, disable, preview, backtest, schema):
    rules.add_command(command)
