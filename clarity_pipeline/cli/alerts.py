"""The command that shows alerts."""

import click

from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.rooms import open_rooms
from clarity_pipeline.settings import Settings


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts
  clarity-pipeline alerts --json"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def alerts(as_json: bool) -> None:
    """Show incidents that rules have opened, oldest first: firing or resolved, since when, and what happened."""
    from clarity_pipeline.alerts.tables import list_alerts

    with open_rooms(Settings.from_env()) as rooms:
        found = list_alerts(rooms.state)
    if as_json:
        print_json(found)
        return
    columns = ("business", "rule", "severity", "state", "since", "last_evaluated", "summary")
    print_table(found, columns=columns, empty="No rule has fired yet.")
