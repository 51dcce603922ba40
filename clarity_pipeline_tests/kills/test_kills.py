"""Kill -9 at steps that commands tell of themselves, and at moments, wherever the process is then; run again, all is as if it
had been left alone. `python -m clarity_pipeline_tests.kills` goes through every step of every command.
"""

import random
from pathlib import Path

import pytest

from clarity_pipeline_tests.kills.commands import COMMANDS, Homes
from clarity_pipeline_tests.kills.trial import Truth, killed, places, truth_of

QUICK = "secrets rotate"
WHOLE_AT_ONCE = ("backup", "restore", "status of a new home")
"""Where one of them passes the place of its kill it is whole, and is not begun again for the others of its three."""
SLOW = pytest.mark.slow("a process of its own for each step that a command is killed at, and one for the command that goes on")


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return Homes(tmp_path_factory.mktemp("homes"))


def _killed(homes: Homes, truth: Truth, folder: Path, *, steps: int, moments: int) -> None:
    threes = places(truth, chance=random.Random(truth.name), steps=steps, moments=moments)
    outcomes = [killed(homes, truth, folder, at=at) for at in threes]
    assert {each.at: each.problems for each in outcomes if each.problems} == {}
    wanted = 1 if truth.name in WHOLE_AT_ONCE else steps / 2
    assert sum(each.kills for each in outcomes) >= wanted, "it comes by most of the steps again"


def test_killed_at_steps_that_it_told_a_command_ends_well_when_it_is_run_again(homes: Homes, tmp_path: Path) -> None:
    _killed(homes, truth_of(homes, QUICK, tmp_path / "undisturbed"), tmp_path / "killed", steps=3, moments=0)


def test_each_step_is_told_by_the_process_itself(homes: Homes, tmp_path: Path) -> None:
    steps = truth_of(homes, QUICK, tmp_path / "undisturbed").steps
    for kind in ("failpoint rotation_key_made", "os.rename", "sql update clarity_business_config", "commit state.db", "open"):
        assert [step for step in steps if step.startswith(kind)], f"{kind}: {steps}"


@SLOW
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_at_any_step_or_moment_and_run_again_every_command_ends_as_if_it_had_been_left_alone(
    name: str, homes: Homes, tmp_path: Path
) -> None:
    _killed(homes, truth_of(homes, name, tmp_path / "undisturbed"), tmp_path / "killed", steps=4, moments=2)
