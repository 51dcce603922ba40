"""Random faults on random nights until a time limit: `make torture`, or `python -m clarity_pipeline_tests.torture --minutes 5`.

Each run adds a line to `results.csv` beside this, by commit and seed, so that the number of faults that were survived grows.
"""

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

from clarity_pipeline_tests.torture.trial import Outcome, nights, tried, truth_of

RESULTS = Path(__file__).with_name("results.csv")
NIGHTS, TRIALS_A_NIGHT = 4, 12


def torture(folder: Path, *, seed: int, seconds: float) -> list[Outcome]:
    """What came of each fault, one after another, until the time is over."""
    ends_at, outcomes, trial = monotonic() + seconds, list[Outcome](), seed * 100_000
    truth, dates = nights(folder, count=NIGHTS)
    before = Path(shutil.copytree(truth.folder, folder / "before"))
    truth_of(truth)  # else the home of the night before would be the same
    while monotonic() < ends_at:
        for night in dates:
            evening = Path(shutil.copytree(truth.folder, folder / "evening"))
            known = truth_of(truth)
            for _ in range(TRIALS_A_NIGHT):
                if monotonic() >= ends_at:
                    return outcomes
                home = Path(shutil.copytree(evening, folder / "home"))
                trial += 1
                outcomes.append(tried(home, before, known, now=truth.now, seed=trial, night=night))
                say(f"{trial}: {outcomes[-1].fault}: {', '.join(outcomes[-1].problems) or 'survived'}")
                shutil.rmtree(home)
            shutil.rmtree(before)
            evening.rename(before)
    return outcomes


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run it; 1 when a fault was not survived."""
    parser = argparse.ArgumentParser(prog="torture", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="add a line to results.csv")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        outcomes = torture(Path(folder), seed=given.seed, seconds=given.minutes * 60)
    lost = [each for each in outcomes if each.problems]
    say(f"{len(outcomes)} faults by seed {given.seed}: {len(outcomes) - len(lost)} survived, {len(lost)} not")
    if given.keep:
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        with RESULTS.open("a", newline="") as file:
            csv.writer(file).writerow([commit, given.seed, given.minutes, len(outcomes), len(outcomes) - len(lost)])
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())
