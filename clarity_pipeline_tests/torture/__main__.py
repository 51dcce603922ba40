"""Random faults on random nights until a time limit: `make torture`, or `python -m clarity_pipeline_tests.torture --minutes 5`.

Each kept run adds a line to `results.csv` beside this, by commit and seed, so that the number of faults that were survived grows.
"""

import argparse
import itertools
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import monotonic

from clarity_pipeline_tests.torture.faults import KILL
from clarity_pipeline_tests.torture.hostile_night import HOSTILE_ANSWERS, OF_ONE_KIND, connected, endured, truth_of_the_street
from clarity_pipeline_tests.torture.machine import may_mount
from clarity_pipeline_tests.torture.postgres_night import POSTGRES, is_installed, restarted
from clarity_pipeline_tests.torture.postgres_night import evening as evening_on_postgres
from clarity_pipeline_tests.torture.results import Run, keep
from clarity_pipeline_tests.torture.trial import FOR_FILES_AND_MACHINE, Outcome, Truth, nights, tried, truth_of

NIGHTS, TRIALS_A_NIGHT = 4, 12
ALL = [*FOR_FILES_AND_MACHINE, *[KILL] * 5, *[HOSTILE_ANSWERS] * 8, *[POSTGRES] * 2]
"""What is drawn from: what costs least for each of its faults is drawn most often."""
CHOICES = [*FOR_FILES_AND_MACHINE, KILL, HOSTILE_ANSWERS, *OF_ONE_KIND, POSTGRES]


def torture(folder: Path, *, seed: int, seconds: float, only: list[str] | None = None) -> Iterator[Outcome]:
    """What came of each fault, one after another, until the time is over."""
    ends_at, trial = monotonic() + seconds, seed * 100_000
    of_answers = {HOSTILE_ANSWERS, *OF_ONE_KIND}
    names = [name for name in only or ALL if is_possible(name, folder)]
    with ExitStack() as stack:
        street = connected(folder / "street") if of_answers & {*names} else None
        hostile_truth = truth_of_the_street(shutil.copytree(street, folder / "true street")) if street else None
        on_postgres = stack.enter_context(evening_on_postgres(folder)) if POSTGRES in names else None
        of_files = nights_of_files(folder) if {*names} - of_answers - {POSTGRES} else None
        while monotonic() < ends_at:
            trial += 1
            name = random.Random(trial).choice(names)
            home = folder / "home"
            if name in of_answers and street and hostile_truth:
                yield endured(Path(shutil.copytree(street, home)), hostile_truth, seed=trial, kind=OF_ONE_KIND.get(name))
            elif name == POSTGRES and on_postgres:
                yield restarted(on_postgres, home, seed=trial)
            elif of_files:
                night = next(of_files)
                shutil.copytree(night.evening, home)
                yield tried(
                    home, night.before, night.evening, night.truth, name=name, now=night.now, seed=trial, night=night.date
                )
            shutil.rmtree(home, ignore_errors=True)


def is_possible(name: str, folder: Path) -> bool:
    """Whether this user and machine can do it: mount a file system, or start a Postgres."""
    if name == POSTGRES:
        return is_installed()
    return name not in FOR_FILES_AND_MACHINE or not FOR_FILES_AND_MACHINE[name].needs_root or may_mount(folder / "mounted")


@dataclass(frozen=True)
class Evening:
    """A home before a night, as it was the night before, and what the night says when nothing happens."""

    evening: Path
    before: Path
    truth: Truth
    now: datetime
    date: date


def nights_of_files(folder: Path) -> Iterator[Evening]:
    """For each trial the evening that it is about; after every so many a night goes by."""
    truth, dates = nights(folder, count=NIGHTS)
    before = Path(shutil.copytree(truth.folder, folder / "before"))
    truth_of(truth)  # else the home of the night before would be the same
    for night in itertools.chain(dates, itertools.repeat(dates[-1])):
        evening = Path(shutil.copytree(truth.folder, folder / "evening"))
        known = truth_of(truth)
        for _ in range(TRIALS_A_NIGHT if night is not dates[-1] else 10**9):
            yield Evening(evening, before, known, truth.now, night)
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
