"""What `demo` prints at its end: what happened to which day, the alert, the ten metrics, and where to look next."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clarity_pipeline.alerts.tables import list_alerts
from clarity_pipeline.cli.output import print_table
from clarity_pipeline.demo import Demo
from clarity_pipeline.rooms import open_rooms
from clarity_pipeline.settings import Settings

if TYPE_CHECKING:
    from clarity_pipeline.orchestration.sync import SyncReport

METRIC_DAYS = 7


def print_report(settings: Settings, *, calendar: Demo, reports: "Sequence[SyncReport]") -> None:
    """Print the whole report on standard output."""
    _print_days(calendar, reports)
    with open_rooms(settings) as rooms:
        _heading("Alerts")
        for alert in list_alerts(rooms.state):
            click.echo(f"[{alert['severity']}, {alert['state']} since {alert['since']}] {alert['summary']}")
    published = settings.published_file
    _heading(f"The ten metrics of the last {METRIC_DAYS} days, {calendar.dates[-METRIC_DAYS]} to {calendar.last}")
    print_table(
        _metrics(published, calendar), columns=("metric", *(each.slug for each in calendar.businesses)), empty="No metric."
    )
    _heading("Look further")
    shown = _shown(published)
    click.echo(f"Analysts open {shown} (read-only). Try, in Python or the duckdb shell:")
    window = f"date '{calendar.dates[-METRIC_DAYS]}', date '{calendar.last}'"
    click.echo(f"  from business_behavioral_aggregates('lindenhaus', {window});")
    click.echo("  select url, sessions, dead_clicks from url_day where business_id = 'lindenhaus'")
    click.echo(f"    and date = date '{calendar.last}' order by dead_clicks desc limit 5;")
    click.echo("See it all in the Dagster UI: make dev")


def _print_days(calendar: Demo, reports: "Sequence[SyncReport]") -> None:
    _heading(f"{len(reports)} days, {calendar.dates[0]} to {calendar.last}")
    lanes = [lane for report in reports for lane in report.lanes]
    rows = []
    for each in calendar.businesses:
        mine = [lane for lane in lanes if lane.business_id == each.slug]
        states = Counter(lane.state for lane in mine)
        rows.append(
            {
                "business": each.slug,
                "days": len({lane.date for lane in mine if lane.state == "ok"}),
                "lanes_ok": states["ok"],
                "lanes_failed": states["failed"],
                "lanes_skipped": states["skipped"],
                "calls": sum(lane.calls for lane in mine),
                "rows": sum(lane.rows or 0 for lane in mine),
            }
        )
    print_table(rows, columns=tuple(rows[0]), empty="No day was played.")
    for report in reports:
        for line in report.failures():
            click.echo(line)


def _metrics(published: Path, calendar: Demo) -> list[dict[str, Any]]:
    """One row a metric, one column a business; from the published file, as an analyst would."""
    import duckdb

    with duckdb.connect(published, read_only=True) as connection:
        columns: dict[str, dict[str, Any]] = {}
        for each in calendar.businesses:
            found = connection.execute(
                "select * from business_behavioral_aggregates($business, $from_date, $to_date)",
                {"business": each.slug, "from_date": calendar.dates[-METRIC_DAYS], "to_date": calendar.last},
            )
            names = [column[0] for column in found.description or ()]
            columns[each.slug] = dict(zip(names, found.fetchone() or (), strict=True))
    return [
        {"metric": name, **{slug: _rounded(values[name]) for slug, values in columns.items()}}
        for name in next(iter(columns.values()))
    ]


def _rounded(value: float | int | None) -> float | int | None:
    return round(value, 4) if isinstance(value, float) else value


def _heading(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)


def _shown(path: Path) -> str:
    """Relative to where the person stands, when it is below that."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
