"""False alarms and detection of the spike test, beside what other tools do, on the fake Clarity's sites.

    .venv/bin/python -m benchmarks.alerts [--quick] [--json [FILE]] [--out build/alerts]
    .venv/bin/python -m benchmarks.alerts --scenarios [--seed 1] [--sites 20] [--json [FILE]]

200 sites of each of five sizes over 400 days without a change, then with planted jumps, a ramp and one-user storms; fifty pages
of a site; and whether a weekday factor would help. Writes a report, alerts.png and alerts.json into the folder. The full
run takes some five minutes on two idle cores; `--quick`, for `make bench`, half a minute, with wide margins of luck.

With `--scenarios` instead: sites with pages x devices x sources whose visits or rates move with nothing broken, ours beside three
peers on the same days, and what is seen of faults. `--seed` draws other sites.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn

from benchmarks.alerts.measure import QUICK, Extent, measure
from benchmarks.alerts.picture import draw
from benchmarks.alerts.report import figures, markdown
from benchmarks.alerts.scenario_measure import ScenarioExtent, measure_scenarios
from benchmarks.alerts.scenario_report import scenario_figures, scenario_markdown
from benchmarks.report import Figure, finish


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", nargs="?", const="-", metavar="FILE", help="one JSON document, into FILE or instead of a table")
    parser.add_argument("--scenarios", action="store_true", help="visits and rates that move with nothing broken")
    parser.add_argument("--seed", type=int, default=1, help="of the sites that the scenarios draw")
    parser.add_argument("--quick", action="store_true", help="fewer sites")
    parser.add_argument("--sites", type=int, help="sites of each size, instead of 200")
    parser.add_argument("--out", type=Path, default=Path("build/alerts"), help="folder of the report")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    if asked.scenarios:
        _scenarios(asked)
    extent = QUICK if asked.quick else Extent()
    if asked.sites:
        extent = replace(extent, quiet_sites=asked.sites, jump_sites=asked.sites)
    measured = measure(extent, processes=asked.processes)
    title = f"Spike alerts: {extent.quiet_sites} sites a size{', quick' if asked.quick else ''}"
    (asked.out / "report.md").write_text(markdown(measured, title=title), "utf-8")
    (asked.out / "alerts.json").write_text(json.dumps({"extent": asdict(extent), **asdict(measured)}, indent=1), "utf-8")
    draw(measured, asked.out / "alerts.png")
    _finish(asked, "report.md", list(figures(measured, sites=extent.jump_sites)), asdict(measured))


def _scenarios(asked: argparse.Namespace) -> None:
    extent = ScenarioExtent(seed=asked.seed)
    if asked.quick:
        extent = replace(extent, sites=2, faults=4, page_sites=1)
    if asked.sites:
        extent = replace(extent, sites=asked.sites, faults=5 * asked.sites, page_sites=max(1, asked.sites // 5))
    measured = measure_scenarios(extent, processes=asked.processes)
    (asked.out / "scenarios.md").write_text(scenario_markdown(measured, extent), "utf-8")
    _finish(asked, "scenarios.md", list(scenario_figures(measured, extent)), {"extent": asdict(extent), **asdict(measured)})


def _finish(asked: argparse.Namespace, report: str, found: list[Figure], measured: dict[str, Any]) -> NoReturn:
    """Say what came of it, and exit with 1 where a target was missed."""
    if asked.json not in {None, "-"}:
        Path(asked.json).write_text(json.dumps(measured, indent=1), "utf-8")
    if asked.json != "-":
        print(f"Spike alerts; the report is {asked.out / report}")
    finish(found, as_json=asked.json == "-")
    sys.exit(0)


if __name__ == "__main__":
    main()
