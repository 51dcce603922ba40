"""False alarms and detection of the spike test, beside what other tools do, on the fake Clarity's sites.

    .venv/bin/python -m benchmarks.alerts [--quick] [--json] [--out build/alerts]

200 sites of each of five sizes over 400 days without a change, then with planted jumps, a ramp and one-user storms; fifty pages
of a site; and whether a weekday factor would help. Writes a report, alerts.png and alerts.json into the folder. The full
run takes some five minutes on two idle cores; `--quick`, for `make bench`, half a minute, with wide margins of luck.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.alerts.measure import QUICK, Extent, measure
from benchmarks.alerts.picture import draw
from benchmarks.alerts.report import figures, markdown
from benchmarks.report import arguments, finish


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer sites")
    parser.add_argument("--sites", type=int, help="sites of each size, instead of 200")
    parser.add_argument("--out", type=Path, default=Path("build/alerts"), help="folder of the report")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    extent = QUICK if asked.quick else Extent()
    if asked.sites:
        extent = replace(extent, quiet_sites=asked.sites, jump_sites=asked.sites)
    measured = measure(extent, processes=asked.processes)
    asked.out.mkdir(parents=True, exist_ok=True)
    title = f"Spike alerts: {extent.quiet_sites} sites a size{', quick' if asked.quick else ''}"
    (asked.out / "report.md").write_text(markdown(measured, title=title), "utf-8")
    (asked.out / "alerts.json").write_text(json.dumps({"extent": asdict(extent), **asdict(measured)}, indent=1), "utf-8")
    draw(measured, asked.out / "alerts.png")
    if not asked.json:
        print(f"Spike alerts; the report is {asked.out / 'report.md'}")
    finish(list(figures(measured, sites=extent.jump_sites)), as_json=asked.json)


if __name__ == "__main__":
    main()
