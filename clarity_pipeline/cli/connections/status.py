"""The command that says how each connection is, and what to do about it. It makes no call."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import click

from clarity_pipeline.calls.back_off import FEWER, LOOKS_BACK_DAYS, given_up
from clarity_pipeline.calls.contract_drift import said_of
from clarity_pipeline.calls.day_plan import LOOK_BACK_DAYS
from clarity_pipeline.calls.held_back import held_back, is_released
from clarity_pipeline.calls.recently_cut import RecentlyCut, recently_cut
from clarity_pipeline.calls.sync_jobs import NO_LONGER_RECOVERABLE, RECOVERED, SyncJob
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.cli.output import print_json, print_paragraph, print_table
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.status import ConnectionStatus, connection_status, connection_statuses
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.trust.found import Found, published_standing, said_of_all
from clarity_pipeline.trust.words import covered
from clarity_pipeline.upkeep.doctor.channels import channel_findings
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
    with open_home(Settings.from_env()) as home:
        _ = home.connections  # refuses a key that others of this machine may read, as every command does
        if slug is not None:
            found = [connection_status(home.state, slug, clock=home.clock)]
        else:
            found = connection_statuses(home.state, clock=home.clock)
        names = [each.business.business_id for each in found]
        lately = home.jobs.list(since=home.yesterday() - timedelta(days=LOOK_BACK_DAYS - 1))
        today = home.clock().date()
        cut = {each: recently_cut(home.cut_lanes, home.jobs, business_id=each, day=today) for each in names}
        events = published_events(home.settings.published_file, names)
        standing: dict[str, list[Found]] = {each: [] for each in names}
        for finding in published_standing(home.settings.published_file, day=home.yesterday()):
            if finding.business_id in standing:
                standing[finding.business_id].append(finding)
        of_channels = list(channel_findings(home)) if slug is None else []
        held: dict[str, list[SyncJob]] = {each: [] for each in names}
        for job in held_back(home.state, names):
            held[job.business_id].append(job)
        now = home.clock()
        drift = [row for each in names for row in home.contract_drift.latest(each)]
    lasting = [event for event in events if event["ended_on"] is None]
    documents = [
        _document(each, cut[each.business.business_id])
        | {
            "regime_events": [_without_business(event) for event in lasting if event["business_id"] == each.business.business_id],
            "contract_drift": [_without_business(row) for row in drift if row["business_id"] == each.business.business_id],
            "site": list(each.business.site.hosts) if each.business.site else None,
            "site_is_learned": each.business.site.is_learned if each.business.site else None,
            "findings": [finding.document() for finding in standing[each.business.business_id]],
            "held_back": [{"date": job.date, "slice": job.slice_name} for job in held[each.business.business_id]],
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
        for line in _of_site(each.business, held[each.business.business_id], now=now):
            print_paragraph(f"{each.business.business_id}: {line}", hanging="  ")
        for lane in cut[each.business.business_id]:
            print_paragraph(f"{each.business.business_id}: {_said_of(lane, each.business)}", hanging="  ")
        for line in _recoveries([job for job in lately if job.business_id == each.business.business_id]):
            print_paragraph(f"{each.business.business_id}: {line}", hanging="  ")
    for business_id, of_data in standing.items():
        if of_data:
            print_paragraph(f"{business_id}: {said_of_all(of_data)}; `clarity-pipeline doctor {business_id}`", hanging="  ")
    for event in lasting:
        if event["kind"] != "new_connection":
            print_paragraph(f"{event['business_id']}: {_of_event(event)}", hanging="  ")
    for row in drift:
        print_paragraph(f"{row['business_id']}: Clarity's answers changed on {row['day']}: {said_of(row)}", hanging="  ")
    for of_channel in of_channels:
        print_paragraph(f"{of_channel.sentence} -> {of_channel.what_to_do}", hanging="  ")


def _of_event(event: Mapping[str, Any]) -> str:
    if event["country"] is not None:
        return f"{event['evidence']}; rules go on without these visits meanwhile, or say that they cannot"
    return f"since {event['started_on']} {event['evidence']}; rules have no answer from Clarity's numbers meanwhile"


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
        "calls_today": f"{status.calls_used_today} of {CALLS_A_DAY}" if status.business.quota_key else None,
        "token_expires_on": expires_at.date() if expires_at else None,
    }


def _of_site(business: Business, held: Sequence[SyncJob], *, now: datetime) -> Iterator[str]:
    """What is held back, and whether its site is only a guess."""
    held = [job for job in held if not is_released(job, business.site)]
    if held:
        dates = sorted({job.date for job in held})
        when = str(dates[0]) if len(dates) == 1 else f"{len(dates)} dates since {dates[0]}"
        yield f"{len(held)} lanes of {when}: {held[-1].detail}"
    elif business.site is not None and business.site.is_new_guess(now):
        yield (
            f"its site is taken to be {business.site}, where its first visits were;"
            f" `clarity-pipeline update {business.business_id} --site HOST` says otherwise"
        )


def _said_of(lane: RecentlyCut, business: Business) -> str:
    """What was cut, how much it still tells, and what can be done about it: nothing restores the detail."""
    told = f"on {lane.last.date} its rows told {covered(lane.last.covered_share, lane.last.method)}"
    said = f"Clarity cut {lane.slice_name} at 1,000 rows on {lane.cut_days} of the last {LOOKS_BACK_DAYS} days; {told}"
    if not business.totals and lane.last.covered_share is None:
        said += f" (`clarity-pipeline update {business.business_id} --totals` lets it be told from the next day on)"
    if not lane.asks_for_less:
        return said
    instead, missing = " and ".join(FEWER[lane.slice_name].dimension_names), " and ".join(given_up(lane.slice_name))
    if business.back_off:
        return f"{said}. It is asked for by {instead} meanwhile, a back-off without {missing}; in full again after a week"
    return (
        f"{said}. `clarity-pipeline update {business.business_id} --back-off` asks for it by {instead} while that lasts: a"
        f" back-off and no drill-down, since the API has no filter, so {missing} is missing meanwhile"
    )


def _document(status: ConnectionStatus, cut: Sequence[RecentlyCut]) -> dict[str, Any]:
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
        "totals": business.totals,
        "back_off": business.back_off,
        "cut_lanes": [
            {
                "slice": lane.slice_name,
                "cut_days_of_last_7": lane.cut_days,
                "date": lane.last.date,
                "covered_share": lane.last.covered_share,
                "method": lane.last.method,
                "proposed": list(FEWER[lane.slice_name].dimension_names) if lane.asks_for_less else None,
                "said": _said_of(lane, business),
            }
            for lane in cut
        ],
    }
