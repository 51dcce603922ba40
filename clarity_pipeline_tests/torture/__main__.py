"""Random faults on random nights until a time limit: `make torture`, or `python -m clarity_pipeline_tests.torture --minutes 5`.

Each kept run adds a line to `results.csv` beside this, by commit and seed, so that the number of faults that were survived grows.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from clarity_pipeline_tests.torture.faults import KILL
from clarity_pipeline_tests.torture.hostile_night import connected, endured, truth_of_the_street
from clarity_pipeline_tests.torture.machine import may_mount
from clarity_pipeline_tests.torture.results import Run, keep
from clarity_pipeline_tests.torture.trial import FOR_FILES_AND_MACHINE, Outcome, nights, tried, truth_of

NIGHTS, TRIALS_A_NIGHT = 4, 12
HOSTILE_ANSWERS = "hostile answers"
CHOICES = [*FOR_FILES_AND_MACHINE, KILL, HOSTILE_ANSWERS]


def torture(folder: Path, *, seed: int, seconds: float, only: list[str] | None = None) -> Iterator[Outcome]:
    """What came of each fault, one after another, until the time is over."""
    ends_at, trial = monotonic() + seconds, seed * 100_000
    names = only or [*FOR_FILES_AND_MACHINE, *[KILL] * 5, *[HOSTILE_ANSWERS] * 8]
    if not may_mount(folder / "home"):
        names = [name for name in names if name not in FOR_FILES_AND_MACHINE or not FOR_FILES_AND_MACHINE[name].needs_root]
    shutil.rmtree(folder / "home")
    street = connected(folder / "street") if HOSTILE_ANSWERS in names else None
    if street is not None:
        hostile_truth = truth_of_the_street(shutil.copytree(street, folder / "true street"))
        if set(names) == {HOSTILE_ANSWERS}:
            while monotonic() < ends_at:
                trial += 1
                yield endured(Path(shutil.copytree(street, folder / "home")), hostile_truth, seed=trial)
                shutil.rmtree(folder / "home")
            return
    truth, dates = nights(folder, count=NIGHTS)
    before = Path(shutil.copytree(truth.folder, folder / "before"))
    truth_of(truth)  # else the home of the night before would be the same
    while monotonic() < ends_at:
        for night in dates:
            evening = Path(shutil.copytree(truth.folder, folder / "evening"))
            known = truth_of(truth)
            for _ in range(TRIALS_A_NIGHT):
                if monotonic() >= ends_at:
                    return
                trial += 1
                name = random.Random(trial).choice(names)
                if name == HOSTILE_ANSWERS and street is not None:
                    home = Path(shutil.copytree(street, folder / "home"))
                    yield endured(home, hostile_truth, seed=trial)
                else:
                    home = Path(shutil.copytree(evening, folder / "home"))
                    yield tried(home, before, evening, known, name=name, now=truth.now, seed=trial, night=night)
                shutil.rmtree(home)
            shutil.rmtree(before)
            evening.rename(before)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run it; 1 when a fault was not survived."""
    parser = argparse.ArgumentParser(prog="torture", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=CHOICES, metavar="FAULT", help=f"one of: {', '.join(CHOICES)}; repeat")
    parser.add_argument("--trials", type=int, help="end after so many")
    parser.add_argument("--keep", action="store_true", help="add a line to results.csv, and its sum to the docs")
    given = parser.parse_args()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        for outcome in torture(Path(folder), seed=given.seed, seconds=given.minutes * 60, only=given.only):
            outcomes.append(outcome)
            say(f"{outcome.seed}: {outcome.fault}: {'; '.join(outcome.problems) or 'survived'}")
            if len(outcomes) == given.trials:
                break
    run = Run.of(outcomes, seed=given.seed, minutes=given.minutes)
    say(f"{run.faults} faults by seed {given.seed}: {run.survived} survived, {run.lost} lost, {run.silent} silent")
    if given.keep:
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        keep(run, commit=commit)
    return int(run.survived != run.faults)


if __name__ == "__main__":
    sys.exit(main())
