"""Commands that change who is synced: connect, update, enable, disable, disconnect; and who did so: audit. None makes a call."""

from typing import Any

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.connections.page_options import page_changes, page_options_in_short, store_pages
from clarity_pipeline.cli.connections.sites import say_others, say_released, take_out
from clarity_pipeline.cli.connections.token_source import read_token
from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.credentials import Hint
from clarity_pipeline.connections.site import checked_hosts
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.book.first_rules import store_first_rules
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.upkeep.sites import say_site

_PROJECT_ID_HELP = "6 to 20 letters and digits, or the address of the project: Clarity -> Settings -> Data Export."
_TOKEN_HELP = "File that holds the token; - reads standard input. Asked for without echo when not given."  # noqa: S105 - a help text

_TOTALS_HELP = (
    "One more call a day, without dimensions: the site's true sessions and users in site_day, and Clarity's short top lists."
)
_BACK_OFF_HELP = (
    "Ask for fewer dimensions while Clarity cuts a lane at 1,000 rows on 3 of 7 days. No drill-down: the API has no filter, so"
    " the detail is missing meanwhile. Off by default."
)
_SITE_HELP = (
    "Host that its visitors come to, such as www.acme.com; repeat for more. What lies below it is of it. An answer with no visit"
    " there is held back."
)
_ALLOW_SHARED = click.option(
    "--allow-shared",
    is_flag=True,
    help="Let it live on the ten calls a day of a project that another business is connected to; noted in the audit log.",
)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline connect acme --project-id abc123def4 --name "Acme Shop"
  clarity-pipeline connect acme --project-id abc123def4 --token-file ./token.txt
  clarity-pipeline connect acme --project-id abc123def4 --site www.acme.com --token-file -
  clarity-pipeline connect adsonly --without-clarity --name "Ads Only Ltd" """
)
@click.argument("slug")
@click.option("--project-id", metavar="ID", help=_PROJECT_ID_HELP)
@click.option("--name", metavar="TEXT", help="How people call the business; the slug by default.")
@click.option("--token-file", metavar="FILE|-", help=_TOKEN_HELP)
@click.option("--site", "sites", multiple=True, metavar="HOST", help=f"{_SITE_HELP} Without it the first answers tell.")
@click.option(
    "--without-clarity", is_flag=True,
    help="It has no Clarity project: what is imported of it (ads, spend) is judged, nothing is fetched. `connect` it later.",
)  # fmt: skip
@_ALLOW_SHARED
@page_options_in_short
def connect(
    slug: str,
    project_id: str | None,
    name: str | None,
    token_file: str | None,
    sites: tuple[str, ...],
    without_clarity: bool,
    allow_shared: bool,
    **of_pages: Any,
) -> None:
    """Connect a business, or reconnect it with a fresh token.

    SLUG names the business everywhere: a-z, 0-9, - and _. The token is encrypted at rest, never printed and never an
    argument. What can be told without a call is checked; `clarity-pipeline test SLUG` verifies the token with one. A day takes
    four of the project's ten calls; `clarity-pipeline update SLUG --totals` adds a fifth, for the site's true sessions and users.
    `clarity-pipeline pages preview --help` has more options of pages, which `connect` takes as well.
    """
    pages = page_changes(of_pages)
    if without_clarity:
        if project_id or token_file or sites or allow_shared or pages:
            raise click.UsageError("--without-clarity goes with --name alone: there is no project, token, site or page to give")
        _add_without_clarity(slug, name)
        return
    if project_id is None:
        raise click.UsageError("give its --project-id; or --without-clarity where it has no Clarity project")
    hosts = checked_hosts(sites) if sites else None
    token = read_token(token_file)
    with open_home(Settings.from_env()) as home:
        hints = home.connections.check(slug, project_id=project_id, token=token, allow_shared=allow_shared)
        business = home.connections.connect(
            slug, project_id=project_id, token=token, name=name, site=hosts, allow_shared=allow_shared, actor=os_user()
        )
        store_first_rules(home.state, clock=home.clock, settings=home.settings)
        click.echo(f"Connected {slug} ({business.name}); its next daily sync is soon after 00:00 UTC.")
        _say_facts(home, business, hints)
        store_pages(home, slug, pages)
        if business.site is None:
            click.echo(f"Its site is told by its first answers; `clarity-pipeline update {slug} --site HOST` says it before.")
        else:
            click.echo(f"Its site is {business.site}.")


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline update acme --token-file ./new-token.txt
  clarity-pipeline update acme --keep-parameter product --keep-parameter lang
  clarity-pipeline update acme --hash-routes --path-pattern /product/:name
  clarity-pipeline update acme --site www.acme.com --site acme-shop.example
  clarity-pipeline update acme --totals
  clarity-pipeline update acme --currency EUR --time-zone Pacific/Auckland"""
)
@click.argument("slug")
@click.option("--project-id", metavar="ID", help=_PROJECT_ID_HELP)
@click.option("--name", metavar="TEXT", help="How people call the business.")
@click.option(
    "--token-file", metavar="FILE|-", help="File that holds a new token, which replaces the stored one; - reads standard input."
)
@page_options_in_short
@click.option("--totals/--no-totals", default=None, help=f"{_TOTALS_HELP} Off by default.")
@click.option("--back-off/--no-back-off", default=None, help=_BACK_OFF_HELP)
@click.option("--site", "sites", multiple=True, metavar="HOST", help=f"{_SITE_HELP} What was said before is replaced.")
@click.option(
    "--take-out-others", is_flag=True,
    help="Take loaded dates without a visit on the site out of every table: another client's. Their answers stay in the vault.",
)  # fmt: skip
@click.option(
    "--currency",
    metavar="CODE",
    help="Of what its ads cost, where a file does not say: EUR, USD, ...; none takes it back.",
)
@click.option(
    "--time-zone", metavar="NAME",
    help="Whose days its ad accounts count, where a file does not say: Pacific/Auckland; none takes it back. Rules then say how"
    " far these days are from those of Clarity, which are UTC.",
)  # fmt: skip
@_ALLOW_SHARED
def update(
    slug: str,
    project_id: str | None,
    name: str | None,
    token_file: str | None,
    totals: bool | None,
    back_off: bool | None,
    sites: tuple[str, ...],
    take_out_others: bool,
    currency: str | None,
    time_zone: str | None,
    allow_shared: bool,
    **of_pages: Any,
) -> None:
    """Change what is known of a business.

    Its project ID, name, token, site, what is a page of it (from the next load on; `clarity-pipeline replay` for what is loaded;
    `clarity-pipeline pages preview` shows it before, and its --help has more options of pages, which `update` takes as well), and
    what is asked of Clarity for it each day.
    """
    pages = page_changes(of_pages)
    given = (project_id, name, token_file, pages, sites, take_out_others)
    if not any(given) and all(each is None for each in (totals, back_off, currency, time_zone)):
        raise click.UsageError(
            "nothing to change: give --project-id, --name, --token-file, --site, --take-out-others, --totals, --back-off,"
            " --currency, --time-zone or one of what a page is, such as --keep-parameter"
        )
    hosts = checked_hosts(sites) if sites else None
    token = read_token(token_file) if token_file else None
    with open_home(Settings.from_env()) as home:
        home.connections.get(slug)
        hints = home.connections.check(slug, project_id=project_id, token=token, allow_shared=allow_shared)
        business = home.connections.update(
            slug,
            project_id=project_id,
            token=token,
            name=name,
            totals=totals,
            back_off=back_off,
            currency=currency,
            time_zone=time_zone,
            allow_shared=allow_shared,
            actor=os_user(),
        )
        released = say_site(home, slug, hosts, actor=os_user()) if hosts else None
        click.echo(f"Updated {slug}.")
        business = store_pages(home, slug, pages) if pages else business
        _say_facts(home, business, hints)
        if released is not None:
            say_released(released)
        if take_out_others:
            take_out(home, released.business if released else business)
        elif released is not None:
            say_others(home, released.business)


@click.command(
    epilog="""\b
Example:
  clarity-pipeline enable acme"""
)
@click.argument("slug")
def enable(slug: str) -> None:
    """Resume the daily sync of a business."""
    with open_home(Settings.from_env()) as home:
        home.connections.enable(slug, actor=os_user())
        click.echo(f"Enabled {slug}; its next daily sync is soon after 00:00 UTC.")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline disable acme"""
)
@click.argument("slug")
def disable(slug: str) -> None:
    """Pause the daily sync of a business.

    Its token and its history stay.
    """
    with open_home(Settings.from_env()) as home:
        business = home.connections.disable(slug, actor=os_user())
        if business.has_imports_alone:
            click.echo(f"{slug} has no Clarity project, imports only: there is no daily sync to pause.")
            return
        click.echo(f"Disabled {slug} ({business.disabled_reason}); `clarity-pipeline enable {slug}` resumes it.")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline disconnect acme"""
)
@click.argument("slug")
def disconnect(slug: str) -> None:
    """Forget the token of a business.

    Its history stays.
    """
    with open_home(Settings.from_env()) as home:
        business = home.connections.disconnect(slug, actor=os_user())
        if business.has_imports_alone:
            click.echo(f"{slug} has no Clarity project, imports only: there is no token to forget.")
            return
        click.echo(f"Disconnected {slug}; its token is gone, its history is kept.")


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline audit acme
  clarity-pipeline audit --limit 20 --json"""
)
@click.argument("slug", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, metavar="N", help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def audit(slug: str | None, limit: int, as_json: bool) -> None:
    """Show who changed a connection, how and when, newest first.

    Connected, paused, rejected by Clarity, tested, disconnected. Of a token only the last letters of its fingerprint are kept.
    Without a slug also who was let into the panel, as what, by whom, who signed in or failed to, and key rotations.
    """
    with open_home(Settings.from_env()) as home:
        if slug is not None:
            home.connections.get(slug)
        entries = home.audit.entries(slug, limit=limit)
    if as_json:
        print_json([entry.document() for entry in entries])
        return
    print_table(
        [{"at": entry.at, "business": entry.business_id, "actor": entry.actor, "what": entry.sentence} for entry in entries],
        columns=("at", "business", "actor", "what"),
        wrapped="what",
        empty="Nothing was changed yet.",
    )


def _add_without_clarity(slug: str, name: str | None) -> None:
    with open_home(Settings.from_env()) as home:
        business = home.connections.add_without_clarity(slug, name=name, actor=os_user())
        store_first_rules(home.state, clock=home.clock, settings=home.settings)
    click.echo(
        f"Added {slug} ({business.name}): no Clarity project, imports only. `clarity-pipeline entities import FILE` brings its"
        f" ads; `clarity-pipeline connect {slug} --project-id ID` gives it a project later."
    )


def _say_facts(home: Home, business: Business, hints: tuple[Hint, ...]) -> None:
    expires_at, now = business.token_expires_at, home.clock()
    if expires_at is not None and expires_at > now:
        click.echo(f"The token expires on {expires_at:%Y-%m-%d} ({(expires_at - now).days} days).")
    for hint in hints:
        click.echo(f"warning: {hint.sentence}", err=True)
