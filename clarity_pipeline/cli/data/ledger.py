"""Commands that only look: what happened (`jobs`) and what was spent (`quota`)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import click

from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.connections.business import Business
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline jobs --business acme
  clarity-pipeline jobs --date 2026-11-21 --json"""
)
@click.option("--business", metavar="SLUG", help="Only this business.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Only this UTC date.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def jobs(business: str | None, day: datetime | None, as_json: bool) -> None:
    """List sync jobs, oldest first, each with its reason.

    One is an attempt at a lane, which is one of the four calls of a business's day. Below them stands what the last attempts say:
    why a lane failed, and what of an answer could not be read.
    """
    only: date | None = day.date() if day else None
    with open_home(Settings.from_env()) as home:
        if business is not None:
            home.connections.get(business)
        listed = home.jobs.list(business_id=business, date=only)
    found = [job.document() for job in listed]
    if as_json:
        print_json(found)
        return
    columns = ("business", "date", "slice", "state", "reason", "http_status", "calls", "rows", "finished_at")
    spare = ("finished_at", "http_status", "calls")
    print_table(found, columns=columns, spare=spare, empty="No lane was synced yet: `clarity-pipeline sync`.")
    for line in _details(listed):
        click.echo(line)


def _details(jobs: Sequence[SyncJob]) -> Iterator[str]:
    """What the last attempts at these lanes say beyond their reason; lanes of a date that say the same are named together."""
    latest = {(job.business_id, job.date, job.slice_name): job for job in jobs}
    facts: dict[tuple[str, date, str | None, str], list[str]] = {}
    for job in latest.values():
        if job.detail:
            facts.setdefault((job.business_id, job.date, job.reason, job.detail), []).append(job.slice_name)
    for (business_id, day, reason, detail), slices in facts.items():
        yield f"{business_id} {day} {', '.join(slices)} ({reason}): {' '.join(detail.split())}"


@click.command(
    epilog="""\b
Example:
  clarity-pipeline quota --json"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def quota(as_json: bool) -> None:
    """Show how many of today's ten calls are spent, and on what."""
    with open_home(Settings.from_env()) as home:
        today = home.clock().date()
        documents: list[dict[str, Any]] = []
        for business in with_clarity(home):
            slots = home.quota.slots(business.quota_key) if business.quota_key else []
            documents.append(
                {
                    "business": business.business_id,
                    "day": today,
                    "used": len(slots),
                    "left": CALLS_A_DAY - len(slots) if business.quota_key else 0,
                    "slots": [
                        {"slot": each.slot, "purpose": each.purpose, "state": each.state, "at": each.claimed_at} for each in slots
                    ],
                }
            )
    if as_json:
        print_json(documents)
        return
    rows = [
        {**each, "slots": " ".join(f"{slot['slot']}:{slot['purpose']}" for slot in each["slots"]) or "-"} for each in documents
    ]
    print_table(rows, columns=("business", "day", "used", "left", "slots"), empty="No business is connected yet.")


def with_clarity(home: Home) -> list[Business]:
    """Those that have calls at all."""
    return [business for business in home.connections.all() if not business.has_imports_alone]
