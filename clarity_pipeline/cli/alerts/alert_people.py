"""Commands with which people look at an alert and have silence for a while; `alert_answers` has the rest."""

from datetime import UTC, datetime
from typing import Any

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.alerts.commands import print_alerts
from clarity_pipeline.cli.alerts.lengths import instant, length_of
from clarity_pipeline.cli.output import print_json, print_paragraph, print_table
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings


@click.command(
    epilog="""\b
Example:
  clarity-pipeline alerts show 3f9a2c"""
)
@click.argument("alert_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="A JSON document for programs.")
def show(alert_id: str, as_json: bool) -> None:
    """Show one alert: what it saw, why it may be wrong, what was said of it to whom.

    The beginning of its id is enough.
    """
    from clarity_pipeline.alerts.listing import alert_in_full

    with open_home(Settings.from_env()) as home:
        found = alert_in_full(home.state, alert_id, now=home.clock())
    if as_json:
        print_json(found)
        return
    print_alerts([found])
    for label, value in found["facts"]:
        print_paragraph(f"{label}: {_printable(value)}", indent="  ", hanging="  ")
    for line in (found["caveat"], found["link"]):
        if line:
            print_paragraph(line, indent="  ")
    if found["assignee"]:
        click.echo(f"  Given to {found['assignee']}")
    if found["snoozed_until"] and found["place"] == "silenced":
        click.echo(f"  Sleeps until {instant(found['snoozed_until'])}")
    for each in found["silences"]:
        click.echo(f"  Silent until {instant(each['until'])} ({each['author']}: {each['reason']})")
    for each in found["history"]:
        said = f": {_printable(each['text'])}" if each["text"] else ""
        print_paragraph(f"{instant(each['at'])}  {each['author']} {each['sentence']}{said}", indent="  ", hanging="  ")
    columns = ("transition", "channel", "state", "attempts", "written_at", "sent_at")
    print_table(found["messages"], columns=columns, spare=("attempts", "written_at"), empty="  Nothing was said of it yet.")


@click.command(
    epilog="""\b
Examples:
  clarity-pipeline alerts silence --alert 3f9a2c --for 3d --reason "known, fixed on Monday"
  clarity-pipeline alerts silence --business acme --until 2026-12-01 --reason relaunch
  clarity-pipeline alerts silence --rule dead-clicks-spike --business acme --for 12h --reason test"""
)
@click.option("--alert", "alert_id", metavar="ID", help="About what this alert is about: its rule, business and page.")
@click.option("--rule", "rule_id", metavar="RULE", help="About this rule.")
@click.option("--business", "business_id", metavar="SLUG", help="About this business.")
@click.option("--for", "length", metavar="LENGTH", help="12h, 3d or 2w from now.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), metavar="DATE", help="UTC, until its beginning.")
@click.option("--reason", required=True, help="One line for the others.")
@click.option("--json", "as_json", is_flag=True, help="A JSON document for programs.")
def silence(
    alert_id: str | None,
    rule_id: str | None,
    business_id: str | None,
    length: str | None,
    until: datetime | None,
    reason: str,
    as_json: bool,
) -> None:
    """Send nothing about an alert, a rule or a business for a while.

    Alerts go on being judged; what still fires afterwards is told then.
    """
    if (alert_id is None) == (rule_id is None and business_id is None):
        raise click.UsageError("give --alert, or --rule and/or --business")
    if (length is None) == (until is None):
        raise click.UsageError("give --for or --until")
    with open_home(Settings.from_env()) as home:
        people = _people(home)
        ends = until.replace(tzinfo=UTC) if until else home.clock() + length_of(length or "")
        if alert_id is not None:
            made = people.silence_alert(alert_id, until=ends, reason=reason, author=os_user())
        else:
            if business_id is not None:
                home.connections.get(business_id)
            made = people.silence(rule_id=rule_id, business_id=business_id, until=ends, reason=reason, author=os_user())
    if as_json:
        print_json(_row(made))
        return
    click.echo(f"Silence {made.silence_id} holds until {instant(made.until)}: {_about(made)}.")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline alerts unsilence 4"""
)
@click.argument("silence_id", type=int, metavar="NUMBER")
def unsilence(silence_id: int) -> None:
    """End a silence before its time; what still fires is told with the next evaluation."""
    with open_home(Settings.from_env()) as home:
        ended = _people(home).end(silence_id, author=os_user())
    click.echo(f"Silence {ended.silence_id} is over: {_about(ended)}.")


@click.command(
    epilog="""\b
Example:
  clarity-pipeline alerts silences --json"""
)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def silences(as_json: bool) -> None:
    """Show the silences that hold."""
    with open_home(Settings.from_env()) as home:
        found = _people(home).silences()
    rows = [_row(each) for each in found]
    if as_json:
        print_json(rows)
        return
    print_table(rows, columns=("number", "about", "until", "reason", "author"), wrapped="reason", empty="No silence holds.")


def _people(home: Home) -> Any:
    from clarity_pipeline.alerts.people import People

    return People(home.state, clock=home.clock)


def _row(made: Any) -> dict[str, Any]:
    return {
        "number": made.silence_id,
        "about": _about(made),
        "until": made.until,
        "reason": made.reason,
        "author": made.author,
    }


def _about(silence: Any) -> str:
    parts = [("rule ", silence.rule_id), ("business ", silence.business_id), (f"{silence.scope} ", silence.entity)]
    return ", ".join(f"{word}{_printable(name)}" for word, name in parts if name)


def _printable(text: str) -> str:
    """Without anything that moves a terminal's cursor: names of entities come from strangers."""
    return "".join(character if character.isprintable() else " " for character in text)


PEOPLE = (show, silence, unsilence, silences)
