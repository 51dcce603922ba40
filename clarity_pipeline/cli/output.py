"""How commands print: one JSON document for programs, a table for people."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import click

_WIDE = 400
"""Columns of a table that is piped or filed: nothing is folded there."""


def print_json(document: Any) -> None:
    """One JSON document on standard output; instants in UTC."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=_plain))


def print_table(rows: Sequence[Mapping[str, Any]], *, columns: Sequence[str], empty: str) -> None:
    """Rows under their headings; numbers to the right, `empty` when there are none."""
    if not rows:
        click.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        numbers = all(isinstance(row[column], int | float | None) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row[column])) for column in columns))
    terminal = Console()
    (terminal if terminal.is_terminal else Console(width=_WIDE)).print(table)


@contextmanager
def progress_bar(total: int, *, what: str) -> Iterator[Callable[[str], None]]:
    """A bar on standard error (only on a terminal); the callable is told what begins now."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=total)
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            progress.update(task, completed=begun, description=name)
            begun += 1

        yield begin
        progress.update(task, completed=total)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return str(value)
