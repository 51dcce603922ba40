"""A day with a metric that Clarity does not have, `CopyCount`, through the whole pipeline; keeps what came of it.

Run by `test_a_new_measure` in a checkout whose registry has an entry for it. The fake sends as many copies on each tuple as there
are rage clicks, twice over, so what should come out is known from its truth.
"""

import json
import sys
from pathlib import Path
from typing import Any

import duckdb

from clarity_pipeline.alerts.listing import list_alerts
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline_tests.panel.running import running
from clarity_pipeline_tests.world import DAY, PROJECT, World

RULE = """\
rules:
  - id: many-copies
    name: Many copies
    severity: warning
    when:
      all:
        - threshold: {metric: clarity_copy_count, operator: above, value: 1, window_days: 1}
        - threshold: {metric: clarity_copy_session_share, operator: above, value: 0.0001, window_days: 1}
"""


def copies(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The made-up group: the rows of the rage clicks with twice the events."""
    (rage,) = (each["information"] for each in metrics if each["metricName"] == "RageClickCount")
    return [{"metricName": "CopyCount", "information": [{**row, "subTotal": 2 * int(row["subTotal"])} for row in rage]}]


def main(folder: Path) -> None:
    """Sync the day, then look at it wherever a metric is shown."""
    world = World(folder / "home")
    world.fake.also = copies
    with world.fake:
        world.connect("acme")
        with world.home() as home:
            import_rules(home.state, clock=home.clock, rules=read_rules(RULE, source="a test"))
        world.sync(DAY)
        truth = world.fake.truth(PROJECT, DAY)
        with running(world.settings, clock=lambda: world.now) as panel:
            panel.user("ann@agency.example", role="agency_admin")
            visitor = panel.visitor("ann@agency.example")
            overview = visitor.get("/businesses/acme").text
            worst_pages = visitor.get("/businesses/acme/pages").text
            (day,) = visitor.get("/api/v1/businesses/acme/dashboard?days=1").json()["days"]
            described = visitor.get("/api/v1/openapi.json").json()["components"]["schemas"]["Day"]["properties"]
        with duckdb.connect(str(world.settings.published_file), read_only=True) as published:
            of_table = "select sum(copy_count), sum(copy_sessions) from clarity_daily_metrics where slice = 'url_device'"
            of_mart = "select copy_count, copy_sessions from business_day"
            found = {name: published.execute(query).fetchall() for name, query in (("table", of_table), ("mart", of_mart))}
        with world.home() as home:
            alerts = [{name: str(value) for name, value in alert.items()} for alert in list_alerts(home.state)]
    told = {
        **found,
        "truth": 2 * sum(tally.events["rage_clicks"] for tally in truth.by("url").values()),
        "alerts": alerts,
        "api": day["copy_count"],
        "described": described["copy_count"],
        "number": overview.partition('<th scope="row">Copy count</th>')[2][:200],
        "heads": [html.count("Copy count</a></th>") + html.count("Copy count</th>") for html in (overview, worst_pages)],
    }
    (folder / "told.json").write_text(json.dumps(told, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
