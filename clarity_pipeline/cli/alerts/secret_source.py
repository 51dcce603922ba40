"""Where `channels` takes addresses and secrets from: never an argument, which other users of the machine see and shells keep."""

import sys
from contextlib import nullcontext
from pathlib import Path

import click

_LONGEST = 16 * 1024


def secret_lines(secret_file: str) -> list[str]:
    """The lines of a file, or of standard input (`-`), without blanks around them; empty ones at the end are left out."""
    try:
        with nullcontext(sys.stdin.buffer) if secret_file == "-" else Path(secret_file).open("rb") as file:  # noqa: S105 - a dash
            text = file.read(_LONGEST).decode("utf-8-sig")
    except OSError as error:
        raise click.UsageError(f"the secret file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.UsageError("the secret file holds no text") from None
    lines = [line.strip() for line in text.strip().splitlines()]
    if not lines:
        raise click.UsageError("the secret file is empty")
    return lines


def ask(what: str, *, may_be_empty: bool = False) -> str:
    """Ask on the terminal without echo."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"no terminal to ask for the {what}: give --secret-file FILE, or --secret-file - for standard input"
        )
    default = "" if may_be_empty else None
    typed: str = click.prompt(f"{what} (not shown)", hide_input=True, err=True, default=default, show_default=False)
    return typed.strip()
