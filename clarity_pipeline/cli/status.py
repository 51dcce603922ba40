"""The command that says how each connection is, and what to do about it. It makes no call."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import click

from clarity_pipeline.businesses.budget import CALLS_A_DAY
from clarity_pipeline.businesses.contract_drift import said_of
from clarity_pipeline.businesses.status import ConnectionStatus, connection_status, connection_statuses
from clarity_pipeline.businesses.sync_jobs import NO_LONGER_RECOVERABLE, RECOVERED, SyncJob
from clarity_pipeline.cli.output import print_json, print_paragraph, print_table
from clarity_pipeline.day_plan import LOOK_BACK_DAYS
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
        _ = rooms.connections  # refuses a key that others of this machine may read, as every command does
        if slug is not None:
            found = [connection_status(rooms.state, slug, clock=rooms.clock)]
        else:
            found = connection_statuses(rooms.state, clock=rooms.clock)
        names = [each.business.business_id for each in found]
        lately = rooms.jobs.list(since=rooms.yesterday() - timedelta(days=LOOK_BACK_DAYS - 1))
        events = published_events(rooms.settings.published_file, names)
        drift = [row for each in names for row in rooms.contract_drift.latest(each)]
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
        if each.badge.advice:
            print_paragraph(f"{each.business.business_id}: {each.badge.advice}", hanging="  ")
        for line in _recoveries([job for job in lately if job.business_id == each.business.business_id]):
            print_paragraph(f"{each.business.business_id}: {line}", hanging="  ")
    for event in lasting:
        if event["kind"] != "new_connection":
            said = f"since {event['started_on']} {event['evidence']}; its rules are muted while this lasts"
            print_paragraph(f"{event['business_id']}: {said}", hanging="  ")
    for row in drift:
        print_paragraph(f"{row['business_id']}: Clarity's answers changed on {row['day']}: {said_of(row)}", hanging="  ")


def _without_business(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "business_id"}


def _recoveries(jobs: Sequence[SyncJob]) -> list[str]:
    """One line for each of the last dates with lanes that are recovered, or lost for good."""
    latest = {(job.date, job.slice_name): job for job in jobs}
    facts: dict[tuple[date, str], list[str]] = {}
    for (day, name), job in latest.items():
        if job.reason in _IN_WORDS:
            facts.setdefault((day, _IN_WORDS[job.reason]), []).append(name)
    return [f"{', '.join(slices)} of {day} {words}" for (day, words), slices in sorted(facts.items())]


_IN_WORDS = {
    RECOVERED: "recovered out of the difference of two later answers: no distinct users, and counts a little less exact",
    NO_LONGER_RECOVERABLE: "lost for good: no window of the API reaches back to it any more",
}


def _row(status: ConnectionStatus) -> dict[str, Any]:
    expires_at = status.business.token_expires_at
    return {
        "business": status.business.business_id,
        "status": status.badge.word,
        "reason": status.badge.reason,
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
        "status": status.badge.word,
        "reason": status.badge.reason,
        "last_synced_at": status.last_synced_at,
        "calls_used_today": status.calls_used_today,
        "calls_left_today": status.calls_left_today,
        "token_stored": business.token_stored,
        "token_expires_at": business.token_expires_at,
    }
