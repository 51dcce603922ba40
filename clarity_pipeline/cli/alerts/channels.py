"""Commands about channels: who is told of alerts, and how. No address, password or signing secret is an argument or is shown."""

from collections.abc import Callable
from typing import Any, cast

import click

from clarity_pipeline.alerts.channels.kinds import KINDS, Kind
from clarity_pipeline.alerts.outbox.channel_health import Health, healths
from clarity_pipeline.alerts.outbox.channel_listing import channel_rows
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.routing import MODES, SEVERITIES, Mode
from clarity_pipeline.alerts.outbox.switch_off import WHY_OFF
from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.alerts.channel_config import changed_config, new_config, with_kind_options
from clarity_pipeline.cli.alerts.channel_trial import test, waiting_for
from clarity_pipeline.cli.connections.group_choice import chosen, with_groups
from clarity_pipeline.cli.output import InOrder, print_json, print_paragraph, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.rules.language.rule import Businesses, Severity
from clarity_pipeline.settings.settings import Settings

_OPTIONS = (
    click.option(
        "--business", "businesses", multiple=True, metavar="SLUG", help="Tell it of this business alone; repeat for more."
    ),
    with_groups("Tell it of those of this group, as it is now; repeat for more."),
    click.option("--min-severity", type=click.Choice(SEVERITIES), help="Tell it of no less than this; info by default."),
    click.option("--mode", type=click.Choice(MODES), help="digest (default): one message a business and day; critical at once."),
    click.option(
        "--secret-file",
        metavar="FILE|-",
        help="Holds what is secret, a line each: address, signing secret; password; client secret, refresh token; API token."
        " - reads standard input.",
    ),
)


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    command = with_kind_options(command)
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(
    cls=InOrder,
    epilog="""\b
Example:
  clarity-pipeline channels add slack ops""",
)
def channels() -> None:
    """Who is told of alerts: e-mail, Slack, Teams, webhooks.

    The log is always told, and CLARITY_ALERT_WEBHOOK_URL where it is set.
    """


_ADD = """Add a channel.

What is secret (an address, a password, a client secret, a token) is asked for without echo. A webhook and an action channel are
signed; without a secret one is made and shown once.

\b
KIND is one of
""" + "\n".join(f"  {kind.kind:<10}{kind.about}" for kind in KINDS.values())


@channels.command(
    help=_ADD,
    epilog="""\b
Examples:
  clarity-pipeline channels add slack ops --min-severity warning
  clarity-pipeline channels add email boss --smtp-host mx.example --from a@acme.example --to b@acme.example
  clarity-pipeline channels add email boss --smtp-host smtp.office365.com --smtp-user alerts@acme.example \\
      --auth microsoft --tenant acme.example --client-id 00001111-aaaa-2222-bbbb-3333cccc4444 --to b@acme.example
  clarity-pipeline channels add email boss --smtp-host smtp.gmail.com --smtp-user alerts@acme.example \\
      --auth google --client-id 123-abc.apps.googleusercontent.com --to b@acme.example
  clarity-pipeline channels add graph boss --tenant acme.example --client-id 00001111-aaaa-2222-bbbb-3333cccc4444 \\
      --from alerts@acme.example --to b@acme.example
  clarity-pipeline channels add postmark boss --from alerts@acme.example --to b@acme.example --secret-file token.txt""",
)
@click.argument("kind", metavar="KIND", type=click.Choice(list(KINDS)))
@click.argument("channel_id", metavar="ID")
@_with_options
def add(
    kind: Kind, channel_id: str, businesses: tuple[str, ...], groups: tuple[str, ...], secret_file: str | None, **given: Any
) -> None:
    """Add a channel."""
    with open_home(Settings.from_env()) as home:
        open_channels(home).refuse_id(channel_id)
        businesses = chosen(home, businesses, groups)
        for business in businesses:
            home.connections.get(business)
        config, shown = new_config(kind, given, secret_file, allowed=home.settings.webhook_allow).with_made_secrets()
        open_channels(home).add(
            channel_id,
            config,
            businesses=businesses or "all",
            min_severity=given["min_severity"] or "info",
            mode=given["mode"] or "digest",
            actor=os_user(),
        )
    click.echo(f"Added {channel_id}; `clarity-pipeline channels test {channel_id}` sends it a message.")
    if shown is not None:
        click.echo(shown)


@channels.command(
    name="list",
    epilog="""\b
Example:
  clarity-pipeline channels list --json""",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def list_(as_json: bool) -> None:
    """List the channels, how each fares, and why one is off."""
    with open_home(Settings.from_env()) as home:
        known = healths(home.state)
        found = [known.get(each.channel_id, Health(each.channel_id)) for each in open_channels(home).all()]
        rows = channel_rows(home)
    if as_json:
        print_json(rows)
        return
    shown = [
        row | {"businesses": row["businesses"] if row["businesses"] == "all" else ", ".join(row["businesses"])} for row in rows
    ]
    print_table(
        shown,
        columns=("channel", "kind", "state", "waiting", "receiver", "businesses", "min_severity", "mode"),
        spare=("businesses", "mode", "min_severity", "waiting"),
        empty="No channel is stored: alerts go to the log. `clarity-pipeline channels add KIND ID` adds one.",
    )
    for row in rows:
        if not row["enabled"]:
            click.echo(f"{row['channel']} is off: {WHY_OFF.get(row['disabled_reason'], row['disabled_reason'])}.")
    for health in found:
        if health.failing_since is not None:
            print_paragraph(f"{health.sentence()}.", hanging="  ")


channels.add_command(test)


@channels.command(
    epilog="""\b
Examples:
  clarity-pipeline channels update ops --mode immediate
  clarity-pipeline channels update ops --secret-file ./new-webhook.txt"""
)
@click.argument("channel_id", metavar="ID")
@click.option("--all-businesses", is_flag=True, help="Tell it of every business.")
@click.option("--ask-secret", is_flag=True, help="Ask for a new webhook address or password, without echo.")
@_with_options
def update(
    channel_id: str,
    all_businesses: bool,
    ask_secret: bool,
    businesses: tuple[str, ...],
    groups: tuple[str, ...],
    secret_file: str | None,
    min_severity: Severity | None,
    mode: Mode | None,
    **given: Any,
) -> None:
    """Change what is given of a channel."""
    config_given = any(value not in (None, ()) for value in given.values()) or secret_file is not None or ask_secret
    if not (businesses or groups or all_businesses or min_severity or mode or config_given):
        raise click.UsageError(
            "nothing to change: give --business, --group, --min-severity, --mode, --secret-file or another option"
        )
    with open_home(Settings.from_env()) as home:
        stored = open_channels(home).get(channel_id)
        businesses = chosen(home, businesses, groups)
        told = businesses or ("all" if all_businesses else None)
        for business in businesses:
            home.connections.get(business)
        config = None
        if config_given:
            known = open_channels(home).config_of(stored)
            allowed = home.settings.webhook_allow
            config = changed_config(stored.kind, known, given, secret_file=secret_file, ask_secret=ask_secret, allowed=allowed)
        open_channels(home).update(
            channel_id,
            config=config,
            businesses=cast("Businesses | None", told),
            min_severity=min_severity,
            mode=mode,
            actor=os_user(),
        )
        waiting = waiting_for(home, channel_id)
    said = f"; `clarity-pipeline channels test {channel_id}` sends the {waiting} that wait for it" if waiting else ""
    click.echo(f"Updated {channel_id}{said}.")


@channels.command(
    epilog="""\b
Example:
  clarity-pipeline channels enable ops"""
)
@click.argument("channel_id", metavar="ID")
def enable(channel_id: str) -> None:
    """Let a channel be told again."""
    with open_home(Settings.from_env()) as home:
        open_channels(home).enable(channel_id, actor=os_user())
    click.echo(
        f"Enabled {channel_id}; `clarity-pipeline alerts resend --dead --channel {channel_id}` brings back what it missed."
    )


@channels.command(
    epilog="""\b
Example:
  clarity-pipeline channels disable ops"""
)
@click.argument("channel_id", metavar="ID")
def disable(channel_id: str) -> None:
    """Tell a channel nothing for now.

    What waits for it is kept as dead letters.
    """
    with open_home(Settings.from_env()) as home:
        open_channels(home).disable(channel_id, actor=os_user())
    click.echo(f"Disabled {channel_id}; `clarity-pipeline channels enable {channel_id}` resumes it.")


@channels.command(
    epilog="""\b
Example:
  clarity-pipeline channels remove ops"""
)
@click.argument("channel_id", metavar="ID")
def remove(channel_id: str) -> None:
    """Forget a channel and its secrets."""
    with open_home(Settings.from_env()) as home:
        open_channels(home).remove(channel_id, actor=os_user())
    click.echo(f"Removed {channel_id}; its address and secrets are gone.")
