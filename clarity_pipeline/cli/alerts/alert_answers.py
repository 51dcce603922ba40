"""Commands with which people decide about alerts: seen, whose, said, asleep, closed as what; and how right each rule was.

What the panel's inbox does, by the same functions (`alerts.answers`).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from clarity_pipeline.alerts.answer_log import OUTCOME_WORDS, OUTCOMES
from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.alerts.lengths import instant, length_of
from clarity_pipeline.cli.output import print_json, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings

_SHOWN_LETTERS = 12

_ids = click.argument("alert_ids", metavar="ID...", nargs=-1, required=True)
_as_json = click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts ack 3f9a2c --note "the shop's relaunch, rolled back at noon"
  clarity-pipeline alerts ack 3f9a2c 7d01bb --json"""
)
@_ids
@click.option("--note", help="One line for the others.")
@_as_json
def ack(alert_ids: tuple[str, ...], note: str | None, as_json: bool) -> None:
    """Say that somebody has seen alerts: nobody is reminded of them any more, their end is still told."""
    _answer(
        alert_ids,
        lambda answers: answers.acknowledge(alert_ids, author=os_user(), note=note),
        said="was seen by {acknowledged_by}; its end will still be told",
        as_json=as_json,
    )


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts assign 3f9a2c --to max@agency.example
  clarity-pipeline alerts assign 3f9a2c --nobody --json"""
)
@_ids
@click.option("--to", metavar="EMAIL", help="Somebody of the agency, who signs in to the panel.")
@click.option("--nobody", is_flag=True, help="Take it from who had it.")
@_as_json
def assign(alert_ids: tuple[str, ...], to: str | None, nobody: bool, as_json: bool) -> None:
    """Say whose alerts are to look after."""
    if (to is None) != nobody:
        raise click.UsageError("give --to EMAIL or --nobody")
    said = "is nobody's" if nobody else "is given to {assignee}"
    _answer(alert_ids, lambda answers: answers.assign(alert_ids, to=to, author=os_user()), said=said, as_json=as_json)


@click.command(
    epilog="""\b
Example:
  clarity-pipeline alerts comment 3f9a2c "The form is back since noon.\""""
)
@click.argument("alert_id", metavar="ID")
@click.argument("text", metavar="TEXT")
@_as_json
def comment(alert_id: str, text: str, as_json: bool) -> None:
    """Say something about an alert; everybody reads it who may see the alert, the client too."""
    said = "has your comment"
    _answer((alert_id,), lambda answers: answers.comment(alert_id, text=text, author=os_user()), said=said, as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts snooze 3f9a2c --for 3d
  clarity-pipeline alerts snooze 3f9a2c 7d01bb --until 2026-12-07 --json"""
)
@_ids
@click.option("--for", "length", metavar="LENGTH", help="12h, 3d or 2w from now.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), metavar="DATE", help="UTC, until its beginning.")
@_as_json
def snooze(alert_ids: tuple[str, ...], length: str | None, until: datetime | None, as_json: bool) -> None:
    """Put alerts out of the open ones until then; nobody is reminded meanwhile, their end is still told."""
    if (length is None) == (until is None):
        raise click.UsageError("give --for or --until")
    with open_home(Settings.from_env()) as home:
        ends = until.replace(tzinfo=UTC) if until else home.clock() + length_of(length or "")
    said = f"sleeps until {instant(ends)}"
    _answer(alert_ids, lambda answers: answers.snooze(alert_ids, until=ends, author=os_user()), said=said, as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts close 3f9a2c --as fixed --note "the button works again"
  clarity-pipeline alerts close 3f9a2c 7d01bb --as not_a_fault --json"""
)
@_ids
@click.option("--as", "outcome", type=click.Choice(OUTCOMES), required=True, help="What it was; it counts for the rule.")
@click.option("--note", help="One line for the others.")
@_as_json
def close(alert_ids: tuple[str, ...], outcome: str, note: str | None, as_json: bool) -> None:
    """Close alerts, and say what they were.

    What fires again after it was over is a new alert. `alerts precision` counts the outcomes.
    """
    _answer(
        alert_ids,
        lambda answers: answers.close(alert_ids, outcome=outcome, note=note, author=os_user()),
        said=f"is closed: {OUTCOME_WORDS[next(each for each in OUTCOMES if each == outcome)]}",
        as_json=as_json,
    )


@click.command(
    epilog="""\b
Example:
  clarity-pipeline alerts reopen 3f9a2c --json"""
)
@_ids
@_as_json
def reopen(alert_ids: tuple[str, ...], as_json: bool) -> None:
    """Put alerts back as if nobody had acknowledged, snoozed or closed them."""
    said = "is as if nobody had answered it"
    _answer(alert_ids, lambda answers: answers.reopen(alert_ids, author=os_user()), said=said, as_json=as_json)


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts precision
  clarity-pipeline alerts precision --business acme --json"""
)
@click.option("--business", "business_id", metavar="SLUG", help="Of this business alone.")
@_as_json
def precision(business_id: str | None, as_json: bool) -> None:
    """Show how often each rule was right: what its alerts of the last year were closed as.

    The share is that of the faults (fixed) among those of which somebody said whether it was one.
    """
    from clarity_pipeline.alerts.precision import precision as counted

    with open_home(Settings.from_env()) as home:
        if business_id is not None:
            home.connections.get(business_id)
        found = counted(home.state, now=home.clock(), business_ids=None if business_id is None else [business_id])
    if as_json:
        print_json([each.document() for each in found])
        return
    print_table(
        [
            {**each.document(), "rule": each.rule_id, "faults": "-" if each.share is None else f"{each.share:.0%}"}
            for each in found
        ],
        columns=("rule", "closed", *OUTCOMES, "faults"),
        spare=("ignored", "intended"),
        empty="No alert has been closed yet: `clarity-pipeline alerts close ID --as OUTCOME` says what one was.",
    )


def _answer(alert_ids: tuple[str, ...], deed: Callable[[Any], Any], *, said: str, as_json: bool) -> None:
    """Do it, and say of each alert how it stands now."""
    from clarity_pipeline.alerts.answers import Answers
    from clarity_pipeline.alerts.listing import alert_in_full

    with open_home(Settings.from_env()) as home:
        deed(Answers(home.state, clock=home.clock))
        found = [alert_in_full(home.state, each, now=home.clock()) for each in alert_ids]
    if as_json:
        print_json(found)
        return
    for each in found:
        click.echo(f"{each['id'][:_SHOWN_LETTERS]} {said.format_map(each)}.")


ANSWERS = (ack, assign, comment, snooze, close, reopen, precision)
