"""Commands that keep rules: list, import, export, sync, enable, disable. None makes a call; who changes what is audited."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.cli.rules.rule_differences import difference_document, print_differences
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.book.rule_changes import RuleChange
from clarity_pipeline.rules.book.rule_outcomes import Outcomes, last_outcomes
from clarity_pipeline.rules.book.rule_store import (
    StoredRule,
    UnknownRule,
    export_rules,
    import_rules,
    list_rules,
    switch_rules,
    sync_rules,
)
from clarity_pipeline.rules.language.leaves import nearest
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import read_rules_file, shipped_rules
from clarity_pipeline.rules.language.rule_folder import read_rules_folder
from clarity_pipeline.settings.settings import Settings

_LONGEST_AUTHOR = 120


def _author(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (0 < len(value) <= _LONGEST_AUTHOR and value.isprintable() and value.strip()):
        raise click.BadParameter(f"write one line of at most {_LONGEST_AUTHOR} letters")
    return value


def authored(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that says whose the change is, where it is not that of the user at the keyboard."""
    help_text = "Whose change it is, kept with the rule; default: you. The audit log names you in any case."
    return click.option("--author", metavar="TEXT", callback=_author, help=help_text)(command)


@click.command(
    name="list",
    epilog="""\b
Example:
  clarity-pipeline rules list --json""",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def list_(as_json: bool) -> None:
    """Show the stored rules.

    Which revision by whom and since when, for whom, whether it is on, and what it said for the newest date it was asked about.
    """
    with open_home(Settings.from_env()) as home:
        last = last_outcomes(home.state)
        with home.state.read() as connection:
            stored = [_document(each, last.get(each.rule.id)) for each in list_rules(connection)]
    if as_json:
        print_json(stored)
        return
    rows = [{**each, "businesses": _names(each["businesses"]), "last": _last(each["last"])} for each in stored]
    columns = ("rule", "enabled", "severity", "scope", "businesses", "revision", "author", "changed_at", "last")
    empty = "No rule is stored: `clarity-pipeline rules library` shows twelve to begin with."
    print_table(
        rows, columns=columns, spare=("severity", "businesses", "scope", "changed_at", "author"), wrapped="last", empty=empty
    )


@click.command(
    name="import",
    epilog="""\b
Examples:
  clarity-pipeline rules import rules.yaml
  clarity-pipeline rules import --library""",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--shipped", is_flag=True, help="The two rules of the demo: rage clicks over a week, dead clicks that jump.")
@click.option(
    "--library", "of_library", is_flag=True, help="The ready rules that `rules library` shows; what you enabled stays so."
)
@authored
def import_(file: Path | None, shipped: bool, of_library: bool, author: str | None) -> None:
    """Store the rules of a file, all or none.

    One with the same id is replaced.
    """
    if [file is not None, shipped, of_library].count(True) != 1:
        raise click.UsageError("give a rules file, or --shipped, or --library")
    with open_home(Settings.from_env()) as home:
        wanted = read_rules_file(file) if file else shipped_rules() if shipped else _library_as_switched(home)
        imported = import_rules(home.state, clock=home.clock, rules=wanted, actor=os_user(), author=author)
    for what, ids in (("added", imported.added), ("changed", imported.changed), ("unchanged", imported.unchanged)):
        if ids:
            click.echo(f"{what}: {', '.join(ids)}")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline rules export > rules.yaml"""
)
def export() -> None:
    """Print the stored rules as YAML.

    Importing it again changes nothing.
    """
    with open_home(Settings.from_env()) as home:
        click.echo(export_rules(home.state), nl=False)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline rules sync ./rules --dry-run
  clarity-pipeline rules sync ./rules --author "release 41" """
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Print the difference and change nothing.")
@authored
@click.option("--json", "as_json", is_flag=True, help="One JSON document for programs.")
def sync(folder: Path, dry_run: bool, author: str | None, as_json: bool) -> None:
    """Make a folder of YAML files the master of all rules.

    Its files, also those in folders below it, are read as one; the stored rules then say what they say, all or nothing. What
    is not in the folder is disabled, never deleted: its history stays. The difference is printed field by field. What
    `rules enable` and `rules disable` do lasts until the next sync, and so does what is saved in the panel: a warning names
    each rule whose last revision was, which is kept.
    """
    files = read_rules_folder(folder)
    wanted = [rule for rules in files.values() for rule in rules]
    with open_home(Settings.from_env()) as home:
        changes = sync_rules(home.state, clock=home.clock, rules=wanted, actor=os_user(), author=author, dry_run=dry_run)
    file_of = {rule.id: name for name, rules in files.items() for rule in rules}
    if as_json:
        print_json({"dry_run": dry_run, "rules": [difference_document(each, file_of.get(each.rule_id)) for each in changes]})
        return
    print_differences(changes, file_of=file_of, dry_run=dry_run)


@click.command(
    epilog="""\b
Example:
  clarity-pipeline rules enable rage-clicks-jump"""
)
@click.argument("rule_ids", metavar="ID...", nargs=-1, required=True)
@authored
def enable(rule_ids: tuple[str, ...], author: str | None) -> None:
    """Put rules to use, from the next evaluation on.

    Stored ones, and those that `rules library` shows: one that is not stored yet is taken from there.
    """
    with open_home(Settings.from_env()) as home:
        with home.state.read() as connection:
            stored = {each.rule.id for each in list_rules(connection)}
        ready = {each.rule.id: each.rule for each in library() if each.rule.id not in stored}
        taken = [ready[rule_id].model_copy(update={"enabled": True}) for rule_id in dict.fromkeys(rule_ids) if rule_id in ready]
        others = [rule_id for rule_id in rule_ids if rule_id not in ready]
        if unknown := next((rule_id for rule_id in others if rule_id not in stored), None):
            hint = nearest(unknown, sorted({*stored, *ready}))
            raise UnknownRule(
                f"no rule is called '{unknown[:60]}', stored or ready; {hint}; `clarity-pipeline rules list` shows all"
            )
        changes = _switch(home, others, enabled=True, author=author) if others else ()
        if taken:
            import_rules(home.state, clock=home.clock, rules=taken, actor=os_user(), author=author)
    _say_switched(changes, word="enabled")
    for rule in taken:
        click.echo(f"{rule.id} is taken from the library and enabled now (revision 1).")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline rules disable rage-clicks-high"""
)
@click.argument("rule_ids", metavar="ID...", nargs=-1, required=True)
@authored
def disable(rule_ids: tuple[str, ...], author: str | None) -> None:
    """Put stored rules out of use; they and their history stay."""
    with open_home(Settings.from_env()) as home:
        changes = _switch(home, rule_ids, enabled=False, author=author)
    _say_switched(changes, word="disabled")


def _library_as_switched(home: Home) -> tuple[Rule, ...]:
    """The ready rules; one that is stored stays on or off as people have set it."""
    with home.state.read() as connection:
        stored = {each.rule.id: each.rule.enabled for each in list_rules(connection)}
    rules = [each.rule for each in library()]
    return tuple(rule.model_copy(update={"enabled": stored.get(rule.id, rule.enabled)}) for rule in rules)


def _switch(home: Home, rule_ids: Sequence[str], *, enabled: bool, author: str | None) -> tuple[RuleChange, ...]:
    return switch_rules(home.state, rule_ids, enabled=enabled, clock=home.clock, actor=os_user(), author=author)


def _say_switched(changes: Sequence[RuleChange], *, word: str) -> None:
    for each in changes:
        how = f"is {word} already" if each.turn == "unchanged" else f"is {word} now (revision {each.revision})"
        click.echo(f"{each.rule_id} {how}.")


def _document(stored: StoredRule, last: Outcomes | None) -> dict[str, Any]:
    rule = stored.rule
    return {
        "rule": rule.id,
        "name": rule.name,
        "enabled": rule.enabled,
        "severity": rule.severity,
        "scope": rule.scope,
        "businesses": rule.businesses if isinstance(rule.businesses, str) else list(rule.businesses),
        "revision": stored.revision,
        "author": stored.author,
        "changed_at": stored.updated_at,
        "last": None if last is None else {"date": last.on, "fired": last.fired, "not": last.not_fired, "unknown": last.unknown},
    }


def _names(businesses: str | list[str]) -> str:
    return businesses if isinstance(businesses, str) else ", ".join(businesses)


def _last(last: dict[str, Any] | None) -> str:
    if last is None:
        return "never asked"
    return f"{last['date']}: {last['fired']} fired, {last['not']} not, {last['unknown']} unknown"
