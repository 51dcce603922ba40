"""The measured error of the pipeline against the fake Clarity's truth, beside the method that somebody writes in an afternoon.

    .venv/bin/python -m benchmarks.accuracy [--quick] [--out FOLDER] [--seed N] [--json]

Sixty nights of six sites (30 to 40,000 sessions a day) and 1,000 randomised fault days, on as many processes as there are cores:
ten to twenty minutes on two. `--quick`: the four smaller sites, two weeks, 40 fault days, under a minute. Writes a report,
`errors.png` and `results.json` into FOLDER (default `var/accuracy`, which git ignores) and prints the targets; exit status 1 when
one is missed, or when a fault day holds a number that is wrong without a word.
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.accuracy import errors, markdown, picture
from benchmarks.accuracy.chronicle import Chronicle
from benchmarks.accuracy.cut_lanes import shares_apart
from benchmarks.accuracy.fault_days import Outcome
from benchmarks.accuracy.measures import COVERED_SHARE_BOUND
from benchmarks.accuracy.measuring import FULL, QUICK, measure, progress
from benchmarks.accuracy.targets import Target, targets
from benchmarks.report import Figure, arguments, finish

DEFAULT_OUT = Path("var/accuracy")
HEADLINES = ("sessions", "dead_clicks", "scroll_depth", "engagement_time_ms")


def figures(chronicles: Sequence[Chronicle], reached: Sequence[Target], outcomes: Sequence[Outcome]) -> list[Figure]:
    """What is printed: a line a headline target and site, without a bound where it is not judged; cut lanes; silent lanes."""
    found = []
    for each in reached:
        if each.measure in HEADLINES and each.ours is not None:
            factor = 100 if each.unit == "%" else 1
            what = f"{each.quality}: {each.measure}, {each.site}, p95 of {each.days} dates"
            found.append(
                Figure(what, each.ours * factor, each.unit, each.bound * factor if each.judged else None, at_least=False)
            )
    for chronicle in chronicles:
        apart = shares_apart(chronicle.cut_lanes)
        if apart is not None:
            what = f"cut lanes: covered share, {chronicle.site}, p95 of {len(chronicle.cut_lanes)} lanes"
            found.append(Figure(what, 100 * apart, "points", 100 * COVERED_SHARE_BOUND, at_least=False))
    silent = sum(len(outcome.silent) for outcome in outcomes)
    found.append(Figure(f"lanes wrong without a word in {len(outcomes):,} fault days", silent, "lanes", 1, at_least=False))
    theirs = [finding for outcome in outcomes for finding in outcome.afternoon.values()]
    wrong = sum(finding.verdict == "silent" for finding in theirs)
    found.append(Figure(f"of {len(theirs):,} dates of the method of an afternoon", wrong, "dates"))
    return found


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--quick", action="store_true", help="the four smaller ones, two weeks, 40 fault days: under a minute")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, metavar="FOLDER", help=f"default: {DEFAULT_OUT}")
    parser.add_argument("--seed", type=int, default=7, help="another world (default: 7)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="default: as many as there are cores")
    asked = parser.parse_args()
    began = time.monotonic()
    size = QUICK if asked.quick else FULL
    chronicles, outcomes = measure(size, seed=asked.seed, processes=asked.processes)
    said = errors.errors(chronicles)
    lines, reached = errors.lines(said), targets(said)
    seconds = time.monotonic() - began
    asked.out.mkdir(parents=True, exist_ok=True)
    lived = {"nights": size.nights, "largest": size.largest, "seed": asked.seed, "seconds": round(seconds)}
    document = markdown.report(chronicles, lines, reached, outcomes, **lived)
    (asked.out / "report.md").write_text(document, encoding="utf-8")
    picture.draw(said, asked.out / markdown.PICTURE)
    results = {
        **lived,
        "targets": [asdict(each) for each in reached],
        "lines": [asdict(line) for line in lines],
        "fault_days": [outcome.document() for outcome in outcomes],
    }
    (asked.out / "results.json").write_text(json.dumps(results, indent=1, default=float), encoding="utf-8")
    progress(f"written to {asked.out / 'report.md'} in {seconds:,.0f} s")
    finish(figures(chronicles, reached, outcomes), as_json=asked.json)


if __name__ == "__main__":
    main()
