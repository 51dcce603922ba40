"""The command that shows alerts, and how an alert is shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from clarity_pipeline.cli.output import InOrder, print_json, print_paragraph
from clarity_pipeline.rooms import open_rooms
from clarity_pipeline.settings import Settings

_SINCE = {"pending": "pending since", "firing": "firing since", "resolved": "resolved; had fired since"}


@click.group(
    cls=InOrder,
    invoke_without_command=True,
    epilog="""\b
Examples:
  clarity-pipeline alerts
  clarity-pipeline alerts --json
  clarity-pipeline alerts show 3f9a2c10""",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
@click.pass_context
def alerts(context: click.Context, as_json: bool) -> None:
    """Show the incidents that rules have opened, oldest first.

    Firing or resolved, since when, and what happened.
    """
    if context.invoked_subcommand is not None:
        return
    from clarity_pipeline.alerts.tables import list_alerts

    with open_rooms(Settings.from_env()) as rooms:
        found = list_alerts(rooms.state)
    if as_json:
        print_json(found)
        return
    print_alerts(found)


def print_alerts(found: Sequence[Mapping[str, Any]]) -> None:
    """What it is in a line, and what happened in a sentence below."""
    if not found:
        click.echo("No rule has fired yet.")
    for alert in found:
        line = f"{alert['business']}  {alert['rule']}  {alert['severity']}, {_SINCE[alert['state']]} {alert['since']}"
        blind = f", not known since {alert['unknown_since']}" if alert.get("unknown_since") else ""
        seen = f", seen by {alert['acknowledged_by']}" if alert.get("acknowledged_by") else ""
        click.echo(f"{line}{blind}{seen}  [{alert['id'][:8]}]")
        print_paragraph(alert["summary"], indent="  ")
