"""The command that says beforehand what the day's calls are for, and why something is left out. It makes no call."""

from collections.abc import Sequence
from typing import Any

import click

from clarity_pipeline.calls.back_off import given_up
from clarity_pipeline.calls.budget import KEPT_FOR_TESTS
from clarity_pipeline.calls.day_plan import LeftOut, Plan, PlannedLane
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.cli.data.ledger import with_clarity
from clarity_pipeline.cli.output import print_json, print_paragraph, print_table
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline plan
  clarity-pipeline plan acme --json"""
)
@click.argument("slug", required=False)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def plan(slug: str | None, as_json: bool) -> None:
    """Say what today's calls are for, if `sync` ran now.

    Yesterday's lanes first, and its totals where they are wanted; then lost lanes of the two dates before, each out of two longer
    answers whose difference it is: 2 days minus 1, or 3 minus 2. Of the ten calls, two are kept for a person's tests. Makes no
    call itself.
    """
    with open_home(Settings.from_env()) as home:
        wanted = [home.connections.get(slug)] if slug else with_clarity(home)
        found = plan_today(home)
        documents = [_document(home, each.business_id, each.quota_key, found) for each in wanted]
    if as_json:
        print_json(documents)
        return
    rows = [
        {"business": each["business"], **lane, "from": _from(lane), "calls": len(lane["calls"])}
        for each in documents
        for lane in each["lanes"]
    ]
    if documents:
        columns = ("business", "date", "slice", "purpose", "from", "calls")
        print_table(rows, columns=columns, spare=("purpose",), empty="No call is planned at this hour.")
    else:
        click.echo("No business is connected yet: `clarity-pipeline connect SLUG --project-id ID`.")
    for each in documents:
        calls = sum(len(lane["calls"]) for lane in each["lanes"])
        used = f"{each['used']} of {CALLS_A_DAY} calls used on {each['day']}"
        kept = f"{KEPT_FOR_TESTS} are kept for a person's tests"
        print_paragraph(f"{each['business']}: {used}, {calls} planned; {kept}.", hanging="  ")
    for line in _back_offs(documents):
        print_paragraph(line, hanging="  ")
    for line in _reasons([each for each in found.left_out if each.business_id in {each["business"] for each in documents}]):
        print_paragraph(line, hanging="  ")


def _document(home: Home, business_id: str, quota_key: str | None, found: Plan) -> dict[str, Any]:
    used = home.quota.used_today(quota_key) if quota_key else 0
    return {
        "business": business_id,
        "day": home.clock().date(),
        "used": used,
        "left": CALLS_A_DAY - used if quota_key else 0,
        "lanes": [_lane(lane) for lane in found.lanes if lane.business_id == business_id],
        "left_out": [
            {"date": each.date, "slice": each.slice_name, "reason": each.why, "detail": each.detail}
            for each in found.left_out
            if each.business_id == business_id
        ],
    }


def _lane(lane: PlannedLane) -> dict[str, Any]:
    """`calls` has numOfDays of each call; it is empty when other planned calls, or the vault, bring the lane's answers.

    `asked_by` has the dimensions of a lane in back-off; it is null for one that is asked for in full.
    """
    return {
        "date": lane.date,
        "slice": lane.slice_name,
        "purpose": lane.purpose,
        "calls": list(lane.calls),
        "pair": list(lane.pair) if lane.pair else None,
        "asked_by": list(lane.less) if lane.less else None,
    }


def _from(lane: dict[str, Any]) -> str:
    if lane["pair"]:
        return f"{lane['pair'][0]} days - {lane['pair'][1]}"
    return "1 day" if lane["calls"] else "the vault"


def _back_offs(documents: Sequence[dict[str, Any]]) -> list[str]:
    """One line for each lane of a business that is asked for with fewer dimensions than it has."""
    asked = {
        (each["business"], lane["slice"]): lane["asked_by"] for each in documents for lane in each["lanes"] if lane["asked_by"]
    }
    return [
        f"{business_id}: {name} is asked for by {' and '.join(dimensions)} while Clarity keeps cutting it, a back-off without"
        f" {' and '.join(given_up(name))}; `clarity-pipeline update {business_id} --no-back-off` ends it"
        for (business_id, name), dimensions in asked.items()
    ]


def _reasons(left_out: Sequence[LeftOut]) -> list[str]:
    """One line a reason; lanes of a business-day that share one are named together."""
    facts: dict[tuple[str, Any, str, str], list[str]] = {}
    for each in left_out:
        facts.setdefault((each.business_id, each.date, each.why, each.detail), []).append(each.slice_name)
    return [
        f"left out: {business_id} {day} {', '.join(slices)} ({why}): {detail}"
        for (business_id, day, why, detail), slices in facts.items()
    ]
