"""The options that say what a page is: alike on `connect`, `update` and `pages preview`."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.page_options import CHOICES, LISTS, SWITCHES
from clarity_pipeline.connections.pages import KEPT, NONE, checked_changes, doubtful
from clarity_pipeline.home import Home

_Command = TypeVar("_Command", bound=Callable[..., Any])

_LISTED_HELP = {
    KEPT: (
        "NAME",
        "Query parameter that tells pages apart and is kept in URLs, such as p or product_id; repeat for more. All others are"
        f" dropped; {NONE} drops all. Click ids, session ids and tokens are refused (see --insist).",
    ),
    "index_files": (
        "NAME",
        "Name that stands for its folder, beside index.html and index.php, such as default.aspx; repeat for more,"
        f" {NONE} takes them back.",
    ),
    "path_patterns": (
        "PATTERN",
        "Path that is one page, with :name for any one part and a last * for all below: /product/:name, /search/*; repeat for"
        f" more, {NONE} takes them back.",
    ),
}
_SWITCH_HELP = {
    "keep_path_ids": (
        "Keep long numbers, UUIDs and hashes in paths and kept parameters, where they tell pages apart and not visitors."
        " They stay in campaigns and other labels too. What has a form of its own (e-mail, IBAN, card, +phone, JWT, IP) is masked"
        " all the same. Default: mask."
    ),
    "hash_routes": "Pages behind a hash (/#/pricing, /#!/help) are pages; anchors (#top) are not. Default: no.",
    "keep_trailing_slash": "/a and /a/ are two pages. Default: one.",
    "fold_double_slashes": "//a and /a are one page. Default: two.",
    "lower_case_paths": "/Pricing and /pricing are one page. Default: two.",
    "compose_accents": "Both spellings of an accented letter in Unicode are one page. Default: two.",
    "drop_session_ids": ";jsessionid=... and /(S(...)) are no part of a path. Default: masked, and kept.",
}
_CHOICE_HELP = {
    "other_hosts": (
        "Visits on hosts that are not the site's (translating proxies, caches, developers' machines): each page by itself, or"
        " all as one, (other hosts). Default: apart."
    ),
    "non_web": "What is no address on the web (about:blank, file:...), by itself or all as one, (no web page). Default: apart.",
}
_INSIST_HELP = "Keep a parameter that is refused by its name, since it does tell pages apart here."


_OFTEN_USED = {KEPT, "keep_path_ids", "hash_routes"}


def page_options(command: _Command) -> _Command:
    """Give a command the options; it gets their values as keyword arguments, for `page_changes`. Its help shows them all."""
    return _with_options(command, hidden=frozenset())


def page_options_in_short(command: _Command) -> _Command:
    """The same, of which its help shows the few that are used most: those of one business's settings would fill two screens."""
    return _with_options(command, hidden=frozenset({*LISTS, *SWITCHES, *CHOICES} - _OFTEN_USED))


def _with_options(command: _Command, *, hidden: frozenset[str]) -> _Command:
    options = [
        *(
            click.option(
                flag, name, multiple=True, metavar=_LISTED_HELP[name][0], help=_LISTED_HELP[name][1], hidden=name in hidden
            )
            for name, flag in LISTS.items()
        ),
        click.option("--insist", is_flag=True, help=_INSIST_HELP),
        *(
            click.option(f"{on}/{off}", name, default=None, help=_SWITCH_HELP[name], hidden=name in hidden)
            for name, (on, off) in SWITCHES.items()
        ),
        *(
            click.option(flag, name, type=click.Choice(["apart", "grouped"]), help=_CHOICE_HELP[name], hidden=name in hidden)
            for name, flag in CHOICES.items()
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def page_changes(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given of them, checked; a warning where it is doubtful. Raises `InvalidBusiness`."""
    values = dict(given)
    insist = values.pop("insist", False)
    changes = checked_changes(values, insist=insist)
    if doubted := doubtful(changes.get(KEPT, ())):
        click.echo(
            f"warning: {', '.join(doubted)}: tells campaigns apart, and hardly pages; each of its values becomes a page",
            err=True,
        )
    return changes


def store_pages(home: Home, business_id: str, changes: Mapping[str, Any]) -> Business:
    """Store what was given, and say what it changes when."""
    business = home.page_settings.change(business_id, changes, actor=os_user())
    if changes:
        click.echo(
            f"What is a page of {business_id} is changed from the next load on; `clarity-pipeline replay` makes what is loaded"
            " anew by it, without a call."
        )
    return business
