"""`channels test`: one real message, what came of it, and a person's word for whether it arrived. A command of `channels`."""

import sys

import click

from clarity_pipeline.alerts.channels.kinds import KINDS, meaning
from clarity_pipeline.alerts.channels.trial import trial
from clarity_pipeline.alerts.outbox.channel_health import Health, healths
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.outbox import attempt
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings

TEST_SECONDS = 40.0
"""A letter takes a token, a connection, a login and a hand-over of ten seconds each at most."""


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline channels test ops
  clarity-pipeline channels test ops --no     (a script that looked, and it did not arrive)"""
)
@click.argument("channel_id", metavar="ID")
@click.option("--yes/--no", "arrived", default=None, help="Whether it arrived, in place of the question.")
def test(channel_id: str, arrived: bool | None) -> int:
    """Send one real message, say what came of it, and let go what waits for the channel.

    A mail server or a Teams workflow that takes a message has not delivered it yet: on a terminal it is asked whether it arrived.

    Exit status: 0 the receiver took it; 1 it did not, or it did not arrive.
    """
    with open_home(Settings.from_env()) as home:
        store = open_channels(home)
        stored = store.get(channel_id)
        failure = attempt(store.open(stored), trial(channel_id, written_at=home.clock()), TEST_SECONDS)
        if failure is not None:
            click.echo(f"error: {channel_id}: not delivered ({failure.code}): {meaning(failure.code)}", err=True)
            return 1
        where = KINDS[stored.kind].where_to_look
        click.echo(f"{channel_id}: the receiver took the test message{'.' if where is None else ' (taken is not yet arrived).'}")
        if where is not None and arrived is None and sys.stdin.isatty():
            arrived = click.confirm(f"Look for “a test message” at the other end of {channel_id}. Did it arrive?", default=None)
        store.tested(channel_id, arrived=arrived)
        if stored.enabled and (waited := waiting_for(home, channel_id)):
            from clarity_pipeline.day.evaluate import deliver_messages  # the rules' room, which no other command here needs

            deliver_messages(home)
            sent = waited - waiting_for(home, channel_id)
            click.echo(f"{sent} message{'s' * (sent != 1)} that waited for it went out.")
    if arrived is False:
        click.echo(f"error: {channel_id}: it was taken and did not arrive: {where or 'see the log of the receiver'}", err=True)
        return 1
    if where is not None and arrived is None:
        click.echo(f"See that it arrived; if not: {where}.")
    return 0


def waiting_for(home: Home, channel_id: str) -> int:
    """How many messages wait for a channel."""
    return healths(home.state).get(channel_id, Health(channel_id)).waiting
