"""Commands about groups of businesses: make one, fill it, list them, remove one. None of them makes a call."""

from collections.abc import Iterable
from typing import Any

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.output import InOrder, print_json, print_table
from clarity_pipeline.connections.groups import Group
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings


@click.group(
    cls=InOrder,
    epilog="""\b
Examples:
  clarity-pipeline groups add key-accounts --business acme --business globex
  clarity-pipeline sync --group key-accounts
  clarity-pipeline channels add slack ops --group key-accounts""",
)
def groups() -> None:
    """Groups of businesses.

    A name for some businesses. It filters the panel's list, says whom a ready rule is switched on for, and stands as `--group`
    wherever a command takes several businesses. What was given to a group keeps the businesses that were in it then.
    """


@groups.command(
    epilog="""\b
Examples:
  clarity-pipeline groups add key-accounts --name "Key accounts" --business acme --business globex
  clarity-pipeline groups add shops --json"""
)
@click.argument("slug")
@click.option("--name", metavar="TEXT", default="", help="As people call it; default: the slug.")
@click.option("--business", "businesses", multiple=True, metavar="SLUG", help="Who is in it; repeat for more.")
@click.option("--json", "as_json", is_flag=True, help="The group as one JSON document.")
def add(slug: str, name: str, businesses: tuple[str, ...], as_json: bool) -> None:
    """Make a group."""
    with open_home(Settings.from_env()) as home:
        made = home.groups.make(slug, name=name, business_ids=businesses, actor=os_user())
    _say(made, as_json=as_json)


@groups.command(
    epilog="""\b
Examples:
  clarity-pipeline groups update key-accounts --add initech --take-out acme
  clarity-pipeline groups update key-accounts --name "Large accounts" """
)
@click.argument("slug")
@click.option("--name", metavar="TEXT", help="Another name.")
@click.option("--add", "added", multiple=True, metavar="SLUG", help="A business that joins; repeat for more.")
@click.option("--take-out", "taken", multiple=True, metavar="SLUG", help="A business that leaves; repeat for more.")
@click.option("--json", "as_json", is_flag=True, help="The group as one JSON document.")
def update(slug: str, name: str | None, added: tuple[str, ...], taken: tuple[str, ...], as_json: bool) -> None:
    """Rename a group, or change who is in it."""
    if name is None and not added and not taken:
        raise click.UsageError("nothing to change: give --name, --add or --take-out")
    with open_home(Settings.from_env()) as home:
        changed = home.groups.change(slug, name=name, joining=added, leaving=taken, actor=os_user())
    _say(changed, as_json=as_json)


@groups.command(
    name="list",
    epilog="""\b
Examples:
  clarity-pipeline groups list
  clarity-pipeline groups list --json""",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def list_(as_json: bool) -> None:
    """Show the groups, and who is in them."""
    with open_home(Settings.from_env()) as home:
        documents = [_document(each) for each in home.groups.all()]
    if as_json:
        print_json(documents)
        return
    rows = [each | {"businesses": _names(each["businesses"])} for each in documents]
    empty = "There is no group; `clarity-pipeline groups add --help` shows how."
    print_table(rows, columns=("group", "name", "businesses"), wrapped="businesses", empty=empty)


@groups.command(
    epilog="""\b
Example:
  clarity-pipeline groups remove key-accounts"""
)
@click.argument("slug")
def remove(slug: str) -> None:
    """Forget a group; its businesses, and what was given to them, stay."""
    with open_home(Settings.from_env()) as home:
        was = home.groups.remove(slug, actor=os_user())
    click.echo(f"Removed {was.group_id}; its businesses, their rules and channels stay as they are.")


def _say(group: Group, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(group))
        return
    click.echo(f"{group.group_id} ({group.name}): {_names(group.business_ids)}.")


def _document(group: Group) -> dict[str, Any]:
    return {"group": group.group_id, "name": group.name, "businesses": list(group.business_ids)}


def _names(businesses: Iterable[str]) -> str:
    return ", ".join(businesses) or "no business yet"
