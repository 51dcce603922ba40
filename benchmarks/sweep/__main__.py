"""What a night costs end to end, beside another release on the same machine in the same run.

    .venv/bin/python -m benchmarks.sweep [--businesses 10 100] [--rows 100 1000] [--beside 93c6b27] [--nights 1] [--json FILE]

Each size is a home of its own with 20 rules a business and a fake Clarity that answers after 300 ms; `clarity-pipeline sync`
fetches, loads, judges and publishes a day, as people run it. Counted are the processor seconds of all its processes (not the
fake's), which do not grow when others use the machine too; wall time, memory and what Dagster's event log grew stand beside
them. Releases take turns, night by night. With `--nights 2` the second night is shown: the first also makes the databases.
"""

import argparse
import json
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.report import Figure, finish
from benchmarks.sweep.night import Night, Size, businesses, by_name
from benchmarks.sweep.trees import Tree, trees

NOW = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
A_THIRD = 1 / 3
EVENT_LOG_KB = 100
PEAK_MB = 600
UNITS = {"cpu_s": "s", "wall_s": "s", "calls": "calls", "events": "events", "event_log_kb": "kB"}


def measure(found: list[Tree], size: Size, *, nights: int) -> dict[str, Night]:
    """The last of so many nights of each release."""
    with tempfile.TemporaryDirectory(prefix="clarity-sweep-") as folder, ExitStack() as stack:
        shops = {
            tree.name: stack.enter_context(
                businesses(tree, size, home=Path(folder) / tree.name, now=NOW - timedelta(hours=12))
            )
            for tree in found
        }  # fmt: skip
        taken: dict[str, Night] = {}
        for number in range(nights):
            taken = {name: each.night(NOW + timedelta(days=number)) for name, each in shops.items()}
        return taken


def figures(size: Size, taken: dict[str, Night]) -> list[Figure]:
    """A business-day of each release, and ours beside theirs."""
    found = []
    for name, night in taken.items():
        what = f"{size.businesses} businesses, {size.rows} rows, {name}"
        ours = name == "here"
        for figure, value in night.a_business_day().items():
            target = EVENT_LOG_KB if ours and figure == "event_log_kb" else None
            found.append(Figure(f"{what}: {figure} a business-day", value, UNITS[figure], target=target, at_least=False))
        found.append(Figure(f"{what}: captured by", night.captured_by_s, "s"))
        found.append(Figure(f"{what}: peak memory", night.peak_mb, "MB", target=PEAK_MB if ours else None, at_least=False))
        if not ours:
            ratio = taken["here"].cpu_s / night.cpu_s
            found.append(Figure(f"{what}: here takes of its processor time", ratio, "times", target=A_THIRD, at_least=False))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures of each night, for other programs")
    parser.add_argument("--businesses", type=int, nargs="+", default=[10])
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 1000])
    parser.add_argument(
        "--beside", metavar="COMMIT", nargs="*", default=[], help="other releases, measured in turn with this one"
    )
    parser.add_argument("--nights", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.3, help="seconds until Clarity answers")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    shown, kept = [], []
    with trees(asked.beside) as found:
        for number in asked.businesses:
            for rows in asked.rows:
                size = Size(number, rows, asked.pause, asked.seed)
                taken = measure(found, size, nights=asked.nights)
                shown += figures(size, taken)
                kept.append({"businesses": number, "rows": rows, "pause_s": asked.pause, "nights": by_name(taken)})
    if asked.json:
        asked.json.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    finish(shown, as_json=False)


if __name__ == "__main__":
    main()
