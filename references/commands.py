"""Every command with its help, as a terminal of 100 columns shows it."""

from collections.abc import Iterator

import click

from clarity_pipeline.cli.main import cli
from references import markdown
from references.markdown import block, plain, table

PROGRAM = "clarity-pipeline"
COLUMNS = 100

OPENING = """\
Exit status: 0 done; 1 something failed and is named; 2 wrong usage; 3 the day's quota is spent. An error is one line on standard
error that says what to do next. With `--json` a command prints one JSON document on standard output. Only `sync`, `test` and
`contract` make calls to Clarity."""


def page() -> str:
    """The reference of the command line."""
    contexts = list(walk(cli, _context(cli, PROGRAM)))
    index = table(
        ("command", "what it does"),
        ([f"[`{path(each)}`](#{anchor(each)})", plain(each.command.get_short_help_str(200))] for each in contexts),
    )
    return markdown.page("Commands", OPENING, index, *map(_section, contexts))


def walk(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    """A context for each command below `group` that its help lists, in that order; a group before its commands."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        below = _context(command, name, context)
        yield below
        if isinstance(command, click.Group):
            yield from walk(command, below)


def path(context: click.Context) -> str:
    """The words that start the command, without the program's name."""
    return context.command_path.removeprefix(f"{PROGRAM} ")


def anchor(context: click.Context) -> str:
    """Where the command stands on the page."""
    return path(context).replace(" ", "-")


def _section(context: click.Context) -> str:
    return f"## {path(context)} {{#{anchor(context)}}}\n\n{block(context.get_help())}"


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    return command.make_context(name, [], parent, resilient_parsing=True, terminal_width=COLUMNS)
