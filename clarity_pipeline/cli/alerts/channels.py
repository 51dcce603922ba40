"""Commands about channels: who is told of alerts, and how. No address, password or signing secret is an argument or is shown."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import click

from clarity_pipeline.alerts.channels.config import KINDS, SIGNED, HookConfig, Kind
from clarity_pipeline.alerts.channels.trial import meaning, trial
from clarity_pipeline.alerts.channels.webhook import SECRET_PREFIX
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.outbox import attempt
from clarity_pipeline.alerts.outbox.routing import MODES, SEVERITIES, Mode
from clarity_pipeline.alerts.outbox.switch_off import WHY_OFF
from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.alerts.channel_config import changed_config, new_config, row_of
from clarity_pipeline.cli.output import InOrder, print_json, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.rules.language.rule import Businesses, Severity
from clarity_pipeline.settings import Settings

TEST_SECONDS = 30.0
"""A letter takes a connection, a login and a hand-over of ten seconds each at most."""

_OPTIONS = (
    click.option(
        "--business", "businesses", multiple=True, metavar="SLUG", help="Tell it of this business alone; repeat for more."
    ),
    click.option("--min-severity", type=click.Choice(SEVERITIES), help="Tell it of no less than this; info by default."),
    click.option("--mode", type=click.Choice(MODES), help="digest (default): one message a business and day; critical at once."),
    click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="E-mail: who gets the letters; repeat for more."),
    click.option("--from", "sender", metavar="ADDRESS", help="E-mail: who writes them; the SMTP user by default."),
    click.option("--smtp-host", metavar="HOST", help="E-mail: the mail server."),
    click.option("--smtp-port", type=click.IntRange(1, 65535), help="587 with STARTTLS, 465 with TLS by default."),
    click.option("--smtp-security", type=click.Choice(["starttls", "tls"]), help="starttls by default; never in the clear."),
    click.option("--smtp-user", metavar="NAME", help="E-mail: who logs in; nobody by default."),
    click.option("--ca-file", metavar="FILE", help="The authority (PEM) of a receiver with a certificate of the house."),
    click.option(
        "--secret-file",
        metavar="FILE|-",
        help="Holds the webhook's address and, in line 2, its signing secret; or the SMTP password. - reads standard input.",
    ),
)


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
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


@channels.command(
    epilog="""\b
Examples:
  clarity-pipeline channels add slack ops --min-severity warning
  clarity-pipeline channels add email boss --smtp-host mx.example --from a@acme.example --to b@acme.example"""
)
@click.argument("kind", metavar="KIND", type=click.Choice(KINDS))
@click.argument("channel_id", metavar="ID")
@_with_options
def add(kind: Kind, channel_id: str, businesses: tuple[str, ...], secret_file: str | None, **given: Any) -> None:
    """Add a channel.

    KIND is email, slack, teams, webhook or action. The webhook's address or the password is asked for without echo. A webhook
    and an action channel are signed; without a secret one is made and shown once. An action channel gets recommendations to
    pause, and no news.
    """
    with open_home(Settings.from_env()) as home:
        open_channels(home).refuse_id(channel_id)
        for business in businesses:
            home.connections.get(business)
        config = new_config(kind, given, secret_file)
        made = isinstance(config, HookConfig) and kind in SIGNED and config.secret is None
        if isinstance(config, HookConfig) and made:
            config = replace(config, secret=SECRET_PREFIX + b64encode(randomness.token_bytes(32)).decode())
        open_channels(home).add(
            channel_id,
            kind,
            config,
            businesses=businesses or "all",
            min_severity=given["min_severity"] or "info",
            mode=given["mode"] or "digest",
            actor=os_user(),
        )
    click.echo(f"Added {channel_id}; `clarity-pipeline channels test {channel_id}` sends it a message.")
    if isinstance(config, HookConfig) and made:
        click.echo(f"Its signing secret, shown this once, is for the receiver: {config.secret}")


@channels.command(
    name="list",
    epilog="""\b
Example:
  clarity-pipeline channels list --json""",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def list_(as_json: bool) -> None:
    """List the channels, and why one is off."""
    with open_home(Settings.from_env()) as home:
        rows = [row_of(home, each) for each in open_channels(home).all()]
    if as_json:
        print_json(rows)
        return
    shown = [
        row | {"businesses": row["businesses"] if row["businesses"] == "all" else ", ".join(row["businesses"])} for row in rows
    ]
    print_table(
        shown,
        columns=("channel", "kind", "enabled", "receiver", "businesses", "min_severity", "mode"),
        spare=("businesses", "mode", "min_severity"),
        empty="No channel is stored: alerts go to the log. `clarity-pipeline channels add KIND ID` adds one.",
    )
    for row in rows:
        if not row["enabled"]:
            click.echo(f"{row['channel']} is off: {WHY_OFF.get(row['disabled_reason'], row['disabled_reason'])}.")


@channels.command(
    epilog="""\b
Example:
  clarity-pipeline channels test ops"""
)
@click.argument("channel_id", metavar="ID")
def test(channel_id: str) -> int:
    """Send one real message, and say what came of it.

    Exit status: 0 the receiver took it; 1 it did not.
    """
    with open_home(Settings.from_env()) as home:
        channel = open_channels(home).open(open_channels(home).get(channel_id))
        failure = attempt(channel, trial(channel_id, written_at=home.clock()), TEST_SECONDS)
    if failure is None:
        click.echo(f"{channel_id}: the receiver took the test message.")
        return 0
    click.echo(f"error: {channel_id}: not delivered ({failure.code}): {meaning(failure.code)}", err=True)
    return 1


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
    secret_file: str | None,
    min_severity: Severity | None,
    mode: Mode | None,
    **given: Any,
) -> None:
    """Change what is given of a channel."""
    told = businesses or ("all" if all_businesses else None)
    config_given = any(given.values()) or secret_file is not None or ask_secret
    if not (told or min_severity or mode or config_given):
        raise click.UsageError("nothing to change: give --business, --min-severity, --mode, --secret-file or another option")
    with open_home(Settings.from_env()) as home:
        stored = open_channels(home).get(channel_id)
        for business in businesses:
            home.connections.get(business)
        config = None
        if config_given:
            known = open_channels(home).config_of(stored)
            config = changed_config(stored.kind, known, given, secret_file=secret_file, ask_secret=ask_secret)
        open_channels(home).update(
            channel_id,
            config=config,
            businesses=cast("Businesses | None", told),
            min_severity=min_severity,
            mode=mode,
            actor=os_user(),
        )
    click.echo(f"Updated {channel_id}.")


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
