"""Commands about change markers: when a page or a site was changed, and what became of it. None of them makes a call."""

from datetime import UTC, datetime
from typing import Any

import click

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.cli.output import InOrder, print_json, print_paragraph, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.rules.markers.markers import Marker, Markers, markers_of
from clarity_pipeline.settings.settings import Settings


class _Instant(click.ParamType[datetime]):
    """An ISO instant with a zone, or a UTC date."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Midnight for a date; a usage error for what is neither."""
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail("is no instant; write 2026-11-20T14:30:00Z, or the UTC date alone", param, ctx)
        return found.replace(tzinfo=UTC) if len(value) == len("2026-11-20") else found


@click.group(
    cls=InOrder,
    epilog="""\b
Examples:
  clarity-pipeline markers add acme --url https://www.acme.com/lp --at 2026-11-20 --note "new form"
  clarity-pipeline markers check acme""",
)
def markers() -> None:
    """Changes of a page or of a site.

    Say what was changed and when, and each signal is compared after with before.
    """


@markers.command(
    epilog="""\b
Examples:
  clarity-pipeline markers add acme --url https://acme.com/lp --at 2026-11-20T14:30Z --note "new form"
  clarity-pipeline markers add acme --at 2026-11-20 --note "new consent banner" """
)
@click.argument("business")
@click.option("--url", metavar="URL", help="The page that was changed; left out: the whole site.")
@click.option("--at", type=_Instant(), required=True, metavar="WHEN", help="ISO instant with a zone, or a UTC date.")
@click.option("--note", required=True, metavar="TEXT", help="What was changed, in one line.")
@click.option("--json", "as_json", is_flag=True, help="The marker as one JSON document.")
def add(business: str, url: str | None, at: datetime, note: str, as_json: bool) -> None:
    """Say that something was changed.

    The same marker again is no second one, so a deployment script may run twice. The page is kept without its query.
    """
    with open_home(Settings.from_env()) as home:
        kept = Markers(home.state, clock=home.clock).add(
            home.connections.get(business), url=url, at=at, note=note, author=os_user()
        )
    if as_json:
        print_json(_document(kept))
        return
    click.echo(
        f"Marker {kept.marker_id}: {_where(kept)} on {kept.changed_on}. `clarity-pipeline markers check {business}` compares."
    )


@markers.command(
    name="list",
    epilog="""\b
Examples:
  clarity-pipeline markers list
  clarity-pipeline markers list acme --json""",
)
@click.argument("business", required=False)
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def list_(business: str | None, as_json: bool) -> None:
    """Show the markers, by business, oldest change first."""
    with open_home(Settings.from_env()) as home:
        asked = [home.connections.get(business)] if business else home.connections.all()
        with home.state.read() as connection:
            by_business = markers_of(connection, [each.business_id for each in asked])
    documents = [_document(marker) for _, found in sorted(by_business.items()) for marker in found]
    if as_json:
        print_json(documents)
        return
    columns = ("marker", "business", "at", "url", "note", "author")
    rows = [{**each, "url": each["url"] or "(site)"} for each in documents]
    empty = "No change is marked; `clarity-pipeline markers add --help` shows how."
    print_table(rows, columns=columns, empty=empty, spare=("author",), wrapped="note")


@markers.command(
    epilog="""\b
Example:
  clarity-pipeline markers remove 3"""
)
@click.argument("marker", type=click.IntRange(min=1, max=2**31 - 1))
@click.option("--json", "as_json", is_flag=True, help="The removed marker as one JSON document.")
def remove(marker: int, as_json: bool) -> None:
    """Take a marker back, by its number."""
    with open_home(Settings.from_env()) as home:
        removed = Markers(home.state, clock=home.clock).remove(marker)
    if as_json:
        print_json(_document(removed))
        return
    click.echo(f"Removed marker {removed.marker_id} of {removed.business_id}: {_where(removed)} on {removed.changed_on}.")


@markers.command(
    epilog="""\b
Examples:
  clarity-pipeline markers check acme
  clarity-pipeline markers check acme --json"""
)
@click.argument("business")
@click.option("--json", "as_json", is_flag=True, help="A JSON list for programs.")
def check(business: str, as_json: bool) -> None:
    """Compare the days after each change with the four weeks before.

    Worse or better is said when it is beyond chance, on the 1st, 3rd, 7th, 14th and 28th day after. The day of the change counts
    for neither side; nor do recovered, shifted and cut days.
    """
    from clarity_pipeline.rules.markers.verdicts import check_changes, say

    with open_home(Settings.from_env()) as home:
        home.connections.get(business)
        with home.state.read() as connection:
            marked = markers_of(connection, [business]).get(business, ())
        found = check_changes(home.warehouse, business_id=business, markers=marked, until=home.yesterday())
    if as_json:
        print_json(
            [
                {
                    **_document(each.marker),
                    "besides": [other.marker_id for other in each.besides],
                    "signals": [_signal(name, verdict, say(name, verdict)) for name, verdict in each.verdicts.items()],
                }
                for each in found
            ]
        )
        return
    if not found:
        click.echo("No change is marked; `clarity-pipeline markers add --help` shows how.")
    for each in found:
        click.secho(f"{each.marker.marker_id}  {each.marker.changed_on}  {_where(each.marker)}: {each.marker.note}", bold=True)
        for name, verdict in each.verdicts.items():
            print_paragraph(say(name, verdict), indent="  ", hanging="  ")
        if each.besides:
            others = ", ".join(f"{other.marker_id} on {other.changed_on}" for other in each.besides)
            print_paragraph(f"(these days hold other changes too: {others}; nothing tells the two apart)", indent="  ")


def _where(marker: Marker) -> str:
    return marker.url or "the whole site"


def _document(marker: Marker) -> dict[str, Any]:
    return {
        "marker": marker.marker_id,
        "business": marker.business_id,
        "url": marker.url,
        "at": marker.at,
        "note": marker.note,
        "author": marker.author,
        "created_at": marker.created_at,
    }


def _signal(name: str, verdict: Any, said: str) -> dict[str, Any]:
    before, after = verdict.sessions_before, verdict.sessions_after
    return {
        "signal": name,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "days_before": verdict.days_before,
        "sessions_before": before,
        "share_before": verdict.observed_before / before if before else None,
        "days_after": verdict.days_after,
        "sessions_after": after,
        "share_after": verdict.observed_after / after if after else None,
        "ratio": verdict.ratio,
        "ratio_low": verdict.ratio_low,
        "ratio_high": verdict.ratio_high,
        "p": verdict.p,
        "until": verdict.until,
        "next_on": verdict.next_on,
        "said": said,
    }
