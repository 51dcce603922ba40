"""The command that says of held-back answers that they are meant, and what `update --site` says. None makes a call."""

from typing import TYPE_CHECKING

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.connections.business import Business
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.upkeep.sites import accept as accept_site
from clarity_pipeline.upkeep.sites import dates_of_others, take_out_others

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clarity_pipeline.upkeep.sites import Released


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline accept acme
  clarity-pipeline sync"""
)
@click.argument("slug")
def accept(slug: str) -> None:
    """Say that answers of another site are meant.

    An answer without a visit on the business's site is held back: kept in the vault, in no table, since its token may be of
    another client's project. When the site has moved, or has one more host, this takes the hosts of what is held back into the
    site; the next sync loads it, without a call. Where the visits are on other hosts than before, that date is marked, and for
    four weeks no rule compares across it.
    """
    with open_home(Settings.from_env()) as home:
        say_released(accept_site(home, slug, actor=os_user()))


def say_released(released: "Released") -> None:
    """Which site it has now, and what waits for the next sync."""
    business = released.business
    click.echo(f"The site of {business.business_id} is {business.site}.")
    if business.pages.other_hosts == "grouped":
        click.echo("Its other hosts are one page: `clarity-pipeline replay` tells what is loaded by this site, without a call.")
    if released.lanes:
        click.echo(f"{released.sentence}; `clarity-pipeline sync` loads them, without a call.")


def say_others(home: Home, business: Business) -> None:
    """Loaded dates that are of another site stay until somebody says that they are another client's."""
    dates = list(dates_of_others(home, business))
    if dates:
        click.echo(
            f"warning: {_named(dates)} loaded and without a visit on {business.site}. If the site has moved, that is as it should"
            f" be; if it was another client's project, `clarity-pipeline update {business.business_id} --take-out-others`",
            err=True,
        )


def take_out(home: Home, business: Business) -> None:
    """Take them out, and renew what analysts see."""
    from clarity_pipeline.day.publish import publish_warehouse

    dates = take_out_others(home, business, actor=os_user())
    if not dates:
        click.echo(f"No loaded date of {business.business_id} is of another site.")
        return
    publish_warehouse(home)
    click.echo(f"Taken out of every table: {', '.join(map(str, dates))}; the answers stay in the vault, held back.")


def _named(dates: "Sequence[date]") -> str:
    if len(dates) == 1:
        return f"{dates[0]} is"
    return f"{len(dates)} dates from {dates[0]} to {dates[-1]} are"
