"""The command `forget`: what belongs to a value or a page is found everywhere and taken out. It makes no call."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.output import print_json, print_table, progress_bar
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings

if TYPE_CHECKING:
    from clarity_pipeline.upkeep.forget.forget import Where
    from clarity_pipeline.upkeep.forget.sought import Sought

_NOT_LOOKED_INTO = (
    "Not looked into: back-ups, files that were set aside or copied elsewhere, messages that were sent, and what Clarity has."
)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline forget --value-file ./person.txt           (only says where it stands)
  printf %s ann@acme.example | clarity-pipeline forget --value-file - --yes
  clarity-pipeline forget --page https://www.acme.example/customers/ann --yes --json"""
)
@click.argument("value", required=False)
@click.option("--value-file", metavar="FILE", help="Read the value from a file, or with - from standard input.")
@click.option("--page", metavar="URL", help="Forget a page instead, with whatever query its visits had.")
@click.option("--yes", is_flag=True, help="Do it; without this nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document.")
def forget(value: str | None, value_file: str | None, page: str | None, yes: bool, as_json: bool) -> int:
    """Take a value or a page out of all that is kept.

    A VALUE is an e-mail address, a name, an id: it is found in any case, percent-encoded or as JSON escapes it, in the vault's
    answers, in rows, their history, marts and imports, in the published file, and in rules, markers, alerts, messages and jobs.
    It is best given by --value-file: what stands in a command line, others see and a shell remembers.

    Answers keep their numbers under `:forgotten`, so totals do not change; the warehouse is then made anew by a replay, and the
    published file from nothing. Rows whose answers are pruned, and rows of imports, are removed. The report names places and
    counts, never the value.

    Exit status: 0 nothing of it is left, or without --yes: nothing was to be changed; 1 something is left, or an answer cannot be
    read; that is said.
    """
    from clarity_pipeline.upkeep.forget import forget as work

    sought = _sought(value, value_file, page)
    failures: list[str] = []
    with open_home(Settings.from_env()) as home:
        days = len(home.vault.business_days())
        with progress_bar(days, what="business days") as advance:
            found = work.find(home, sought, progress=advance)
        left = found
        if yes and not found.is_nowhere:
            with progress_bar(days, what="business days") as advance, progress_bar(days, what="business days") as replayed:
                failures = work.forget(home, sought, found, actor=os_user(), progress=advance, replayed=replayed)
            left = work.find(home, sought)
    is_done = yes and left.is_nowhere
    if as_json:
        print_json(_document(found, left, yes=yes, failures=failures))
    else:
        _print(found, left, yes=yes)
    for line in (*left.unread, *failures):
        click.echo(f"error: {line}", err=True)
    return 1 if left.unread or failures or (yes and not is_done) else 0


def _sought(value: str | None, value_file: str | None, page: str | None) -> "Sought":
    from clarity_pipeline.upkeep.forget.sought import page_sought, value_sought

    if sum(each is not None for each in (value, value_file, page)) != 1:
        raise click.UsageError("give one of a VALUE, --value-file FILE or --page URL")
    if page is not None:
        return page_sought(page)
    return value_sought(value if value is not None else _read(str(value_file)))


def _read(file: str) -> str:
    try:
        return (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError("the file of the value cannot be read as text") from None


def _lines(where: "Where") -> list[dict[str, Any]]:
    vault = [{"place": "vault", "of": "answers", "found": where.answers}] if where.answers else []
    places = (("warehouse", where.warehouse), ("published", where.published), ("state", where.state))
    return vault + [{"place": place, "of": name, "found": count} for place, by in places for name, count in by.items()]


def _document(found: "Where", left: "Where", *, yes: bool, failures: list[str]) -> dict[str, Any]:
    return {
        "found": asdict(found),
        "removed": yes and not found.is_nowhere,
        "left": asdict(left) if yes else None,
        "failures": failures,
        "not_looked_into": _NOT_LOOKED_INTO,
    }


def _print(found: "Where", left: "Where", *, yes: bool) -> None:
    print_table(_lines(found), columns=("place", "of", "found"), empty="It stands nowhere that can be changed here.")
    for name, count in found.kept.items():
        cure = "change it there" if name.startswith("inbox/") else "change it in the panel, or by `update`"
        click.echo(f"Kept: {name} has it {count} time(s); {cure}.")
    if not yes and not found.is_nowhere:
        click.echo("Nothing is changed yet; run it again with --yes.")
    elif yes and not found.is_nowhere:
        click.echo("Forgotten: nothing of it is left." if left.is_nowhere else "Something of it is left:")
        if not left.is_nowhere:
            print_table(_lines(left), columns=("place", "of", "found"), empty="")
    click.echo(_NOT_LOOKED_INTO)
