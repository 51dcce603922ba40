"""The few forms of Markdown that the reference pages have."""

from collections.abc import Iterable, Sequence

COMMAND = "make generate"


def page(title: str, opening: str, *parts: str) -> str:
    """A whole page; its first line tells who edits it by hand that this is lost."""
    note = f"<!-- Made by `{COMMAND}` from the code; change the code, not this page. -->"
    return "\n\n".join((note, f"# {title}", opening, *parts)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell is Markdown, whose pipes and line ends are taken care of."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def code(text: str) -> str:
    """Code within a line; nothing for nothing."""
    return f"`{text}`" if text else ""


def plain(text: str) -> str:
    """Text in which nothing is HTML; what is between backticks stays as it is."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    return "`".join(parts)


def block(text: str, language: str = "text") -> str:
    """Text as it stands, in a box."""
    return f"```{language}\n{text.rstrip()}\n```"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
