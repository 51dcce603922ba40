"""How commands print: one JSON document for programs; tables and paragraphs for people, who never see half a word.

On a terminal a table fits its width: it gives up whole columns, never letters. Piped or filed, nothing is given up or broken.
"""

import json
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import click

_GAP = "  "
_NARROWEST = 24
"""Letters of a line of running text in a table."""

_SECONDS_BETWEEN_LINES = 10.0


def print_json(document: Any) -> None:
    """One JSON document on standard output; instants in UTC."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=_plain))


def print_table(
    rows: Sequence[Mapping[str, Any]],
    *,
    columns: Sequence[str],
    empty: str,
    spare: Sequence[str] = (),
    wrapped: str | None = None,
) -> None:
    """Rows under their headings, numbers to the right; `empty` when there are none.

    Where the terminal is too narrow the `spare` columns are left out, the first first; the text of `wrapped` takes further lines.
    """
    if not rows:
        click.echo(empty)
        return
    room = _terminal_width()
    left_out: list[str] = []
    for name in (None, *spare):
        if name is not None:
            left_out.append(name)
        table = [_column(name, [row[name] for row in rows]) for name in columns if name not in left_out]
        others = sum(each.width for each in table if each.name != wrapped) + len(_GAP) * (len(table) - 1)
        if room is None or others + (_NARROWEST if wrapped else 0) <= room:
            break
    if wrapped and room is not None:
        table = [each.wrapped(max(room - others, _NARROWEST)) if each.name == wrapped else each for each in table]
    _print_lines(table, [each.title for each in table], bold=True)
    for number in range(len(rows)):
        _print_lines(table, [each.cells[number] for each in table])
    if left_out:
        names = ", ".join(name.replace("_", " ") for name in left_out)
        click.secho(f"(left out here: {names}; a wider terminal or --json shows all)", dim=True)


def print_paragraph(text: str, *, indent: str = "", hanging: str = "") -> None:
    """A sentence or more, broken between words where the terminal ends; its later lines `hanging` further in."""
    room = _terminal_width()
    if room is None:
        click.echo(f"{indent}{text}")
        return
    click.echo(
        textwrap.fill(
            text,
            max(room, _NARROWEST),
            initial_indent=indent,
            subsequent_indent=indent + hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


@contextmanager
def progress_bar(total: int, *, what: str) -> Iterator[Callable[[str], None]]:
    """A bar on standard error (only on a terminal); the callable is told what begins now."""
    with progress_bars(total, what=(what,)) as (move,):
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            move(begun, name)
            begun += 1

        yield begin


@contextmanager
def progress_bars(total: int, *, what: Sequence[str]) -> Iterator[Sequence[Callable[[int, str], None]]]:
    """A bar for each of `what`, one below the other; each callable is told how many are done, and a few words."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True)
    named = TextColumn("{task.fields[what]}")
    with Progress(named, *columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks = [progress.add_task("", total=total, what=each) for each in what]

        def mover(task: Any) -> Callable[[int, str], None]:
            return lambda done, words: progress.update(task, completed=done, description=words)

        yield [mover(task) for task in tasks]
        for task in tasks:
            progress.update(task, completed=total)


@contextmanager
def progress_lines(total: int, *, what: str) -> Iterator[Callable[[str], None]]:
    """The same for a program: a line of JSON on standard error every ten seconds, none for what is done sooner."""
    started = told = time.monotonic()
    begun = 0

    def begin(name: str) -> None:
        nonlocal begun, told
        now = time.monotonic()
        if now - told >= _SECONDS_BETWEEN_LINES:
            told = now
            done = {"progress": what, "done": begun, "of": total, "at": name, "seconds": round(now - started, 1)}
            click.echo(json.dumps(done), err=True)
        begun += 1

    yield begin


class InOrder(click.Group):
    """Its help names the commands in the order in which a newcomer meets them, not by alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """As they were added."""
        return list(self.commands)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as lines of text: of its title, and of each cell."""

    name: str
    title: list[str]
    cells: list[list[str]]
    is_number: bool

    @property
    def width(self) -> int:
        return max(len(line) for lines in (self.title, *self.cells) for line in lines)

    def wrapped(self, width: int) -> "_Column":
        return _Column(self.name, self.title, [textwrap.wrap(line, width) for (line,) in self.cells], self.is_number)


def _column(name: str, values: Sequence[object]) -> _Column:
    """Its title is broken between words where that makes the column narrower."""
    cells = [_cell(value) for value in values]
    words = name.split("_")
    title = textwrap.wrap(" ".join(words), max(len(text) for text in (*cells, *words)))
    known = [value for value in values if value is not None]
    return _Column(name, title, [[cell] for cell in cells], bool(known) and all(isinstance(each, int | float) for each in known))


def _print_lines(table: Sequence[_Column], cells: Sequence[Sequence[str]], *, bold: bool = False) -> None:
    for number in range(max(len(lines) for lines in cells)):
        texts = [lines[number] if number < len(lines) else "" for lines in cells]
        padded = (f"{text:{'>' if each.is_number else '<'}{each.width}}" for text, each in zip(texts, table, strict=True))
        click.secho(_GAP.join(padded).rstrip(), bold=bold)


def _terminal_width() -> int | None:
    """Columns of the terminal behind standard output, None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


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
