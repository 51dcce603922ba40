"""The command that says how each connection is, and what to do about it. It makes no call."""

from typing import Any

import click

from clarity_pipeline.businesses.budget import CALLS_A_DAY
from clarity_pipeline.businesses.contract_drift import said_of
from clarity_pipeline.businesses.status import ADVICE, ConnectionStatus, connection_status
from clarity_pipeline.cli.output import print_json, print_paragraph, print_table
from clarity_pipeline.rooms import open_rooms
from clarity_pipeline.settings import Settings
from clarity_pipeline.warehouse.regime import published_events


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline status
  clarity-pipeline status acme --json"""
)
@click.argument("slug", required=False)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def status(slug: str | None, as_json: bool) -> None:
    """Show how each business is, and what to do about it.

    Connected or not and why, when it was last synced, how many of the day's ten calls are used.
    """
    with open_rooms(Settings.from_env()) as rooms:
        businesses = [rooms.connections.get(slug)] if slug else rooms.connections.all()
        found = [connection_status(each, quota=rooms.quota, jobs=rooms.jobs, clock=rooms.clock) for each in businesses]
        events = published_events(rooms.settings.published_file, [each.business_id for each in businesses])
        drift = [row for each in businesses for row in rooms.contract_drift.latest(each.business_id)]
    lasting = [event for event in events if event["ended_on"] is None]
    documents = [
        _document(each)
        | {
            "regime_events": [_without_business(event) for event in lasting if event["business_id"] == each.business.business_id],
            "contract_drift": [_without_business(row) for row in drift if row["business_id"] == each.business.business_id],
        }
        for each in found
    ]
    if as_json:
        print_json(documents)
        return
    print_table(
        [_row(each) for each in found],
        columns=("business", "status", "reason", "last_synced_at", "calls_today", "token_expires_on"),
        spare=("token_expires_on", "reason"),
        empty="No business is connected yet: `clarity-pipeline connect SLUG --project-id ID`.",
    )
    for each in found:
        if ADVICE[each.word]:
            print_paragraph(f"{each.business.business_id}: {ADVICE[each.word]}", hanging="  ")
    for event in lasting:
        if event["kind"] != "new_connection":
            said = f"since {event['started_on']} {event['evidence']}; its rules are muted while this lasts"
            print_paragraph(f"{event['business_id']}: {said}", hanging="  ")
    for row in drift:
        print_paragraph(f"{row['business_id']}: Clarity's answers changed on {row['day']}: {said_of(row)}", hanging="  ")


def _without_business(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "business_id"}


def _row(status: ConnectionStatus) -> dict[str, Any]:
    expires_at = status.business.token_expires_at
    return {
        "business": status.business.business_id,
        "status": status.word,
        "reason": status.reason,
        "last_synced_at": status.last_synced_at,
        "calls_today": f"{status.calls_used_today} of {CALLS_A_DAY}",
        "token_expires_on": expires_at.date() if expires_at else None,
    }


def _document(status: ConnectionStatus) -> dict[str, Any]:
    business = status.business
    return {
        "business": business.business_id,
        "name": business.name,
        "project_id": business.project_id,
        "enabled": business.enabled,
        "status": status.word,
        "reason": status.reason,
        "last_synced_at": status.last_synced_at,
        "calls_used_today": status.calls_used_today,
        "calls_left_today": status.calls_left_today,
        "token_stored": business.token_stored,
        "token_expires_at": business.token_expires_at,
    }
