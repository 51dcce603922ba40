"""The option `--group`, wherever a command takes a list of businesses: it stands for those who are in the group now."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from clarity_pipeline.home import Home


def with_groups(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option, as the parameter `groups`."""
    return click.option("--group", "groups", multiple=True, metavar="SLUG", help=help_text)


def chosen(home: Home, businesses: Sequence[str], groups: Sequence[str]) -> tuple[str, ...]:
    """What was named by both, each once; empty only where neither was given. Raises `UnknownGroup`, `EmptyGroup`."""
    return tuple(dict.fromkeys((*businesses, *home.groups.businesses_of(groups))))
