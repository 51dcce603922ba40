"""Commands about alerts and the messages that tell them, and how an alert is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from clarity_pipeline.alerts.answer_log import OUTCOME_WORDS, PLACES, Place
from clarity_pipeline.cli.output import InOrder, print_json, print_paragraph, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings

_SHOWN_LETTERS = 12
"""Of a message's id; `resend` takes them."""

_SINCE = {"pending": "pending since", "firing": "firing since", "resolved": "resolved; had fired since"}


@click.group(
    cls=InOrder,
    invoke_without_command=True,
    epilog="""\b
Examples:
  clarity-pipeline alerts
  clarity-pipeline alerts --json
  clarity-pipeline alerts --place open --business acme
  clarity-pipeline alerts show 3f9a2c10""",
)
@click.option("--place", type=click.Choice(PLACES), help="Only those that wait there; without it all, those of long ago too.")
@click.option("--business", "business_id", metavar="SLUG", help="Only those of this business.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
@click.pass_context
def alerts(context: click.Context, place: Place | None, business_id: str | None, as_json: bool) -> None:
    """Show the incidents that rules have opened, oldest first.

    Firing or resolved, since when, and what happened. Open is what nobody has answered; resolved is what is over or was closed.
    """
    if context.invoked_subcommand is not None:
        return
    from clarity_pipeline.alerts.inbox import alerts_at
    from clarity_pipeline.alerts.listing import list_alerts

    with open_home(Settings.from_env()) as home:
        if business_id is not None:
            home.connections.get(business_id)
        found = list_alerts(home.state, business_ids=None if business_id is None else [business_id])
        if place is not None:
            there = alerts_at(home.state, place, now=home.clock())
            found = [each for each in found if each["id"] in there]
    if as_json:
        print_json(found)
        return
    print_alerts(found, empty="No rule has fired yet." if place is None else "No alert is there.")


def print_alerts(found: Sequence[Mapping[str, Any]], *, empty: str = "No rule has fired yet.") -> None:
    """What it is in a line, and what happened in a sentence below."""
    if not found:
        click.echo(empty)
    for alert in found:
        line = f"{alert['business']}  {alert['rule']}  {alert['severity']}, {_SINCE[alert['state']]} {alert['since']}"
        blind = f", not known since {alert['unknown_since']}" if alert.get("unknown_since") else ""
        seen = f", seen by {alert['acknowledged_by']}" if alert.get("acknowledged_by") else ""
        closed = f", closed: {OUTCOME_WORDS[alert['outcome']]}" if alert.get("outcome") else ""
        click.echo(f"{line}{blind}{seen}{closed}  [{alert['id'][:8]}]")
        print_paragraph(alert["summary"], indent="  ")


@alerts.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts deliveries --dead
  clarity-pipeline alerts deliveries --json"""
)
@click.option("--dead", is_flag=True, help="Only messages that were given up.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, metavar="N", help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def deliveries(dead: bool, limit: int, as_json: bool) -> None:
    """Show the messages about alerts.

    To which channel, and what became of each: pending, sent or dead (given up), newest first.
    """
    from clarity_pipeline.alerts.outbox.receipts import list_receipts

    with open_home(Settings.from_env()) as home:
        found = list_receipts(home.state, dead_only=dead, limit=limit)
    if as_json:
        print_json(found)
        return
    print_table(
        [row | {"message": row["message"][:_SHOWN_LETTERS], "alerts": len(row["alerts"])} for row in found],
        columns=("message", "state", "channel", "business", "transition", "alerts", "attempts", "last_error", "created_at"),
        spare=("created_at", "transition", "alerts"),
        empty="No message was given up." if dead else "No message has been written yet.",
    )


@alerts.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts resend 0f3a9c21d4e5
  clarity-pipeline alerts resend --dead --channel ops"""
)
@click.argument("message_id", required=False)
@click.option("--dead", is_flag=True, help="Every message of a channel that was given up.")
@click.option("--channel", metavar="ID", help="With --dead: the channel.")
def resend(message_id: str | None, dead: bool, channel: str | None) -> None:
    """Put messages back that were given up.

    The next sync sends them, under the same id as before.
    """
    from clarity_pipeline.alerts.outbox import receipts as messages

    if (message_id is None) != dead or dead != (channel is not None):
        raise click.UsageError("give a message's id (`alerts deliveries --dead` lists them), or --dead --channel ID")
    with open_home(Settings.from_env()) as home:
        if message_id is not None:
            number = messages.resend(home.state, message_id, now=home.clock())
        else:
            number = messages.resend_dead(home.state, channel=str(channel), now=home.clock())
    click.echo(f"{number} message{'s' * (number != 1)} put back; the next sync sends what is due.")
