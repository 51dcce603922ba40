"""Commands about keys of programs: make one, list them, end one. None of them makes a call."""

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.connections.group_choice import chosen, with_groups
from clarity_pipeline.cli.output import InOrder, print_json, print_table
from clarity_pipeline.connections.api_keys import A_MINUTE, DAYS, MOST_A_MINUTE, MOST_DAYS, SCOPES, ApiKeys, Wanted
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings


@click.group(
    cls=InOrder,
    epilog="""\b
Examples:
  clarity-pipeline keys add "acme dashboard" --business acme
  clarity-pipeline keys list
  clarity-pipeline keys revoke 7dkq9xwt""",
)
def keys() -> None:
    """Keys of programs.

    A program brings its key to the panel's JSON API as `Authorization: Bearer ...` and gets what the key is for, of the
    businesses that it is for, until it ends.
    """


@keys.command(
    epilog="""\b
Examples:
  clarity-pipeline keys add "acme dashboard" --business acme
  clarity-pipeline keys add deploys --scope markers --business acme --business globex --days 30
  clarity-pipeline keys add warehouse --all-businesses --json"""
)
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=("read",), show_default=True,
    help="`read` what businesses have; `markers` says that something was changed. Repeat for both.",
)  # fmt: skip
@click.option("--business", "businesses", multiple=True, metavar="SLUG", help="A business that it is for; repeat for more.")
@with_groups("Those of this group, as it is now; repeat for more.")
@click.option("--all-businesses", is_flag=True, help="For every business, those to come too.")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=DAYS, show_default=True, help="How long it is good; it always ends."
)
@click.option(
    "--a-minute", type=click.IntRange(1, MOST_A_MINUTE), default=A_MINUTE, show_default=True, help="Requests that it may send."
)
@click.option("--json", "as_json", is_flag=True, help="The key and what it may do as one JSON document.")
def add(
    name: str,
    scopes: tuple[str, ...],
    businesses: tuple[str, ...],
    groups: tuple[str, ...],
    all_businesses: bool,
    days: int,
    a_minute: int,
    as_json: bool,
) -> None:
    """Make a key and print it, this once.

    Only its hash is kept. NAME says which program it is for: one key for each, so that one can be ended without the others.
    """
    if bool(businesses or groups) == all_businesses:
        raise click.UsageError("say which businesses it is for: --business SLUG, --group SLUG, or --all-businesses")
    with open_home(Settings.from_env()) as home:
        own = None if all_businesses else chosen(home, businesses, groups)
        wanted = Wanted(name=name, scopes=scopes, business_ids=own, days=days, a_minute=a_minute)
        key, made = ApiKeys(home.state, clock=home.clock).make(wanted, actor=os_user())
        document = {"key": key, **made.document(home.clock())}
    if as_json:
        print_json(document)
        return
    click.echo(key)
    click.echo(
        f"Shown this once; it ends on {made.expires_at:%Y-%m-%d}. `clarity-pipeline keys revoke {made.prefix}` ends it sooner.",
        err=True,
    )


@keys.command(
    name="list",
    epilog="""\b
Examples:
  clarity-pipeline keys list
  clarity-pipeline keys list --json""",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def list_(as_json: bool) -> None:
    """Show every key that ever was, the newest first; none of them is shown itself."""
    with open_home(Settings.from_env()) as home:
        documents = [each.document(home.clock()) for each in ApiKeys(home.state, clock=home.clock).all()]
    if as_json:
        print_json(documents)
        return
    rows = [
        {
            **each,
            "scopes": ", ".join(each["scopes"]),
            "businesses": "all" if each["businesses"] is None else ", ".join(each["businesses"]),
            "until": f"{each['expires_at']:%Y-%m-%d}",
            "last_used": each["last_used_on"] or "never",
        }
        for each in documents
    ]
    columns = ("prefix", "name", "state", "scopes", "businesses", "until", "last_used", "created_by")
    empty = "No program has a key; `clarity-pipeline keys add --help` shows how."
    print_table(rows, columns=columns, empty=empty, spare=("created_by", "last_used"))


@keys.command(
    epilog="""\b
Examples:
  clarity-pipeline keys revoke 7dkq9xwt
  clarity-pipeline keys revoke 7dkq9xwt --json"""
)
@click.argument("prefix")
@click.option("--json", "as_json", is_flag=True, help="The ended key as one JSON document.")
def revoke(prefix: str, as_json: bool) -> None:
    """End a key, from its next request on.

    PREFIX is what `keys list` shows of it. A key that was revoked before stays so.
    """
    with open_home(Settings.from_env()) as home:
        found = ApiKeys(home.state, clock=home.clock).revoke(prefix, actor=os_user())
        document = found.document(home.clock())
    if as_json:
        print_json(document)
        return
    click.echo(f"The key {found.prefix} ({found.name}) opens nothing any more.")
