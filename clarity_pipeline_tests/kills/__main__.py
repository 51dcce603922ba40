"""Kill every command at each of its steps, and at moments drawn by seed: `python -m clarity_pipeline_tests.kills --moments 5`."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from clarity_pipeline_tests.kills.commands import COMMANDS, Homes
from clarity_pipeline_tests.kills.trial import killed, places, truth_of


def main() -> int:
    """Run it; 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="kills", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=sorted(COMMANDS), help="this command; repeat for more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--moments", type=int, default=3, help="kills at random moments of each command")
    parser.add_argument("--most", type=int, help="at most so many steps of each command, drawn by the seed")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    kills, places_told, lost = 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        homes = Homes(Path(folder) / "homes")
        for name in given.only or COMMANDS:
            truth = truth_of(homes, name, Path(folder) / "undisturbed")
            say(f"{name}: {truth.seconds:.1f} s, {len(truth.steps)} steps, {len(set(truth.steps))} of them different")
            for at in places(truth, chance=chance, steps=given.most, moments=given.moments):
                outcome = killed(homes, truth, Path(folder) / "killed", at=at)
                kills, places_told, lost = kills + outcome.kills, places_told + len(at), lost + bool(outcome.problems)
                if outcome.problems:
                    say(f"  {outcome.at}: {'; '.join(outcome.problems)}")
            say(f"  {kills} kills at {places_told} places so far, {lost} lost")
    say(f"{kills} kills by seed {given.seed}: {lost} lost")
    return int(bool(lost))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
