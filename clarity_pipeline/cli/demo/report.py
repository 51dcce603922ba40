"""What `demo` prints at its end: what happened to which day, the alert, the numbers, and where to look next.

The sites' own numbers come first, of those whose dates with data all have the totals; then the ten metrics, by visits of pages.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clarity_pipeline.alerts.listing import list_alerts
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.cli.alerts.commands import print_alerts
from clarity_pipeline.cli.demo.play import Demo
from clarity_pipeline.cli.output import print_paragraph, print_table
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.warehouse.rows import named

if TYPE_CHECKING:
    from clarity_pipeline.orchestration.sync import SyncReport


def print_report(settings: Settings, *, calendar: Demo, reports: "Sequence[SyncReport]") -> None:
    """Print the whole report on standard output."""
    _print_days(calendar, reports)
    with open_home(settings) as home:
        _heading("The alert")
        print_alerts(list_alerts(home.state))
    published, first = settings.published_file, _week(calendar)[0]
    columns = ("of the whole site", *(each.slug for each in calendar.businesses))
    _heading(f"The sites' own numbers of the last {len(_week(calendar))} days, where every date with data has the totals")
    print_table(_site_numbers(published, calendar), columns=columns, empty="No number.")
    _heading(f"The ten metrics by visits of pages, of the last {len(_week(calendar))} days, {first} to {calendar.last}")
    print_table(
        _metrics(published, calendar), columns=("metric", *(each.slug for each in calendar.businesses)), empty="No metric."
    )
    _heading("Look further")
    print_paragraph(f"Analysts open {_shown(published)} (read-only). In Python or the duckdb shell, try:")
    click.echo()
    click.echo(f"  from business_behavioral_aggregates(\n    'lindenhaus', date '{first}', date '{calendar.last}');\n")
    click.echo("  select url, sessions, dead_clicks from url_day")
    click.echo(f"  where business_id = 'lindenhaus' and date = date '{calendar.last}'")
    click.echo("  order by dead_clicks desc limit 5;\n")
    click.echo("See it all in the Dagster UI: make dev")


def _print_days(calendar: Demo, reports: "Sequence[SyncReport]") -> None:
    _heading(f"{len(reports)} days, {calendar.dates[0]} to {calendar.last}")
    lanes = [lane for report in reports for lane in report.lanes]
    recovered = [lane for report in reports for lane in report.recovered]
    rows = []
    for each in calendar.businesses:
        mine = [lane for lane in lanes if lane.business_id == each.slug]
        back = [lane for lane in recovered if lane.business_id == each.slug]
        states = Counter(lane.state for lane in mine)
        rows.append(
            {
                "business": each.slug,
                "days": len({lane.date for lane in (*mine, *back) if lane.state == "ok"}),
                "lanes_ok": states["ok"],
                "lanes_failed": states["failed"],
                "lanes_skipped": states["skipped"],
                "lanes_recovered": len(back),
                "calls": sum(lane.calls for lane in (*mine, *back)),
                "rows": sum(lane.rows or 0 for lane in (*mine, *back)),
            }
        )
    print_table(rows, columns=tuple(rows[0]), empty="No day was played.")
    _heading("What failed, and why")
    for line in [line for report in reports for line in report.failures()] or ["Nothing."]:
        print_paragraph(line, hanging="  ")
    _heading("What was recovered, out of the difference of two later answers")
    found = Counter((lane.business_id, lane.date) for lane in recovered)
    lines = [f"{slug} {day}: {count} of {len(DAILY_SLICES)} lanes" for (slug, day), count in found.items()]
    for line in lines or ["Nothing."]:
        print_paragraph(line)


_OF_SITE = {
    "sessions": "clarity_site_sessions",
    "users, at most": "clarity_site_distinct_users",
    "pages per session": "clarity_site_pages_per_session",
    "engagement time of a session, ms": "clarity_site_engagement_time_ms",
    "total time of a session, ms": "clarity_site_total_time_ms",
    "days": "days",
    "days with data": "days_with_data",
}


def _site_numbers(published: Path, calendar: Demo) -> list[dict[str, Any]]:
    """The same of whole sites; nothing of one that has a date without the totals, since visits of pages are no sessions."""
    pages, sites = (_asked(published, calendar, macro) for macro in ("business", "site"))
    told = {slug for slug, site in sites.items() if site["days_with_data"] == pages[slug]["days_with_data"]}
    return [
        {
            "of the whole site": label,
            **{slug: _rounded(values[name]) if slug in told else None for slug, values in sites.items()},
        }
        for label, name in _OF_SITE.items()
    ]


def _metrics(published: Path, calendar: Demo) -> list[dict[str, Any]]:
    """One row a metric, and what stands behind them; one column a business."""
    columns = _asked(published, calendar, "business")
    return [
        {"metric": name, **{slug: _rounded(values[name]) for slug, values in columns.items()}}
        for name in next(iter(columns.values()))
    ]


def _asked(published: Path, calendar: Demo, macro: str) -> dict[str, dict[str, Any]]:
    """What a macro says of each business's last week; from the published file, as an analyst would ask."""
    import duckdb

    with duckdb.connect(published, read_only=True) as connection:
        columns: dict[str, dict[str, Any]] = {}
        for each in calendar.businesses:
            found = connection.execute(
                f"select * from {macro}_behavioral_aggregates($business, $from_date, $to_date)",  # noqa: S608 (one of two)
                {"business": each.slug, "from_date": _week(calendar)[0], "to_date": calendar.last},
            )
            (columns[each.slug],) = named(found)
    return columns


def _week(calendar: Demo) -> tuple[date, ...]:
    """Its last 7 dates."""
    return calendar.dates[-7:]


def _rounded(value: float | int | None) -> float | int | None:
    return round(value, 4) if isinstance(value, float) else value


def _heading(text: str) -> None:
    click.echo()
    click.secho(text, bold=True)


def _shown(path: Path) -> str:
    """Relative to where the person stands, when it is below that."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
