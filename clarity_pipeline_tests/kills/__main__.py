"""Kill every command at each of its steps, and at moments drawn by seed: `python -m clarity_pipeline_tests.kills --moments 5`."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from clarity_pipeline_tests.kills.commands import COMMANDS, Homes
from clarity_pipeline_tests.kills.steps import Kill, distinct
from clarity_pipeline_tests.kills.trial import killed, truth_of


def main() -> int:
    """Run it; 1 when something was lost."""
    parser = argparse.ArgumentParser(prog="kills", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=sorted(COMMANDS), help="this command; repeat for more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--moments", type=int, default=3, help="kills at random moments of each command")
    parser.add_argument("--most", type=int, help="at most so many steps of each command, drawn by the seed")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    kills, missed, lost = 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        homes = Homes(Path(folder) / "homes")
        for name in given.only or COMMANDS:
            truth = truth_of(homes, name, Path(folder) / "undisturbed")
            steps = distinct(truth.steps)
            if given.most is not None and given.most < len(steps):
                steps = chance.sample(steps, given.most)
            points: list[Kill | float] = [Kill(step, chance.randint(1, truth.steps.count(step))) for step in steps]
            points += [chance.uniform(0, truth.seconds) for _ in range(given.moments)]
            say(f"{name}: {truth.seconds:.1f} s, {len(truth.steps)} steps, {len(set(truth.steps))} of them different")
            for at in points:
                outcome = killed(homes, truth, Path(folder) / "killed", at=at)
                kills, missed, lost = kills + outcome.was_killed, missed + (not outcome.was_killed), lost + bool(outcome.problems)
                if outcome.problems or not outcome.was_killed:
                    say(f"  {outcome.at}: {'; '.join(outcome.problems) or 'had ended'}")
    say(f"{kills} kills by seed {given.seed}, {missed} that came too late: {lost} lost")
    return int(bool(lost))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
