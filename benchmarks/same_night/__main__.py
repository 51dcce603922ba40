"""Whether a night with faults comes to the same by two releases: what is made, what fails and why, what is paid, what is judged.

    .venv/bin/python -m benchmarks.same_night [--businesses 60] [--beside 9320ea3] [--by sync|daemon] [--json]

Both run `clarity-pipeline sync`, or code server and daemon until nothing is left to do, against a fake Clarity that rejects a
token, spends a quota at the third lane, answers with a server error once and for as long as it is asked, sends a cell that is
no number and an answer that is no JSON; then `sync` once more with a new token. Compared are materialisations by asset and
partition with the names of their metadata, checks and steps that failed and why, jobs, slots, rows, evaluations and alerts.
Exit status 1 where anything differs that is not said to.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from benchmarks.daemon.services import FIVE_PAST
from benchmarks.report import arguments
from benchmarks.same_night.facts import Facts
from benchmarks.same_night.night import night
from benchmarks.sweep.trees import trees

NOW = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
_SHOWN = 6


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=60)
    parser.add_argument("--beside", default="9320ea3", help="the other release, a commit (default: %(default)s)")
    parser.add_argument("--by", choices=("sync", "daemon"), default="sync", help="who runs the night (default: %(default)s)")
    asked = parser.parse_args()
    with trees([asked.beside]) as found:
        now = NOW if asked.by == "sync" else FIVE_PAST
        here, other = (night(tree, businesses=asked.businesses, now=now, by=asked.by) for tree in found)
    told = {
        f"{what} after {when}": _difference(mine[what], theirs[what])
        for when, mine, theirs in (("the night", here[0], other[0]), ("the second sync", here[1], other[1]))
        for what in sorted(mine)
    }
    if asked.json:
        print(json.dumps(told, indent=2, default=str))
    else:
        _print(told, here[1])
    sys.exit(any(each["only_here"] or each["only_there"] for each in told.values()))


def _difference(mine: frozenset[tuple[Any, ...]], theirs: frozenset[tuple[Any, ...]]) -> dict[str, Any]:
    """How many both have, and what only one has."""
    return {
        "alike": len(mine & theirs),
        "only_here": sorted(map(repr, mine - theirs)),
        "only_there": sorted(map(repr, theirs - mine)),
    }


def _print(told: dict[str, dict[str, Any]], facts: Facts) -> None:
    for what, each in told.items():
        print(f"{what:<48} {each['alike']:>7} alike {len(each['only_here']):>5} only here {len(each['only_there']):>5} there")
        for side in ("only_here", "only_there"):
            for line in each[side][:_SHOWN]:
                print(f"    {side.replace('_', ' ')}: {line[:300]}")
    print(f"{len(facts['rows'])} rows, {len(facts['jobs'])} jobs.")


if __name__ == "__main__":
    main()
