"""Where `connect` and `update` take a token from: never an argument, which other users of the machine see and shells keep."""

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from clarity_pipeline.clarity.token import InvalidToken, Token

_LONGEST = 64 * 1024
"""Bytes to read before it is said that this is no token."""


def read_token(token_file: str | None) -> Token:
    """From a file, from standard input (`-`), or asked for without echo; blanks and line ends around it are no part of it."""
    if token_file is None:
        if not sys.stdin.isatty():
            raise click.UsageError(
                "no terminal to ask for the token: give --token-file FILE, or --token-file - for standard input"
            )
        return Token.parse(click.prompt("API token (not shown)", hide_input=True, err=True))
    try:
        with nullcontext(sys.stdin.buffer) if token_file == "-" else Path(token_file).open("rb") as file:  # noqa: S105 - a dash
            content = file.read(_LONGEST)
    except OSError as error:
        raise click.UsageError(f"the token file cannot be read: {error.strerror}") from None
    try:
        return Token.parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidToken("Invalid token: too short or malformed; the file holds no text") from None
