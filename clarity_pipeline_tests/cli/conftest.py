"""A person at the command line: `clarity` beside a fresh `world`, and `after_a_day`, which tests only look at."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clarity_pipeline.cli.main import run
from clarity_pipeline_tests.alerts.receiver import Receiver, receiving
from clarity_pipeline_tests.cli.running import Ran
from clarity_pipeline_tests.world import World

Clarity = Callable[..., Ran]

FIRES_AT_ONCE = """\
rules:
  - id: any-session
    name: Somebody came
    severity: info
    when:
      threshold: {metric: clarity_sessions, operator: above, value: 1, window_days: 1}
"""


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[[World], Clarity]:
    """Runs commands in this process, in the environment of a world as it is at that instant."""

    def at(world: World) -> Clarity:
        def clarity(*arguments: str) -> Ran:
            for name, value in world.environment.items():
                monkeypatch.setenv(name, value)
            capfd.readouterr()
            status = run(arguments)
            output = capfd.readouterr()
            return Ran(status, output.out, output.err)

        return clarity

    return at


@pytest.fixture
def clarity(world: World, at_home: Callable[[World], Clarity]) -> Clarity:
    """Commands in the fresh world of this test."""
    return at_home(world)


@pytest.fixture(scope="session")
def synced_world(_synced_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One day of `acme` with a rule that fired, as every `synced` begins, for commands that only look: others take `synced`."""
    world = World(shutil.copytree(_synced_home, tmp_path_factory.mktemp("looked-at") / "home"))
    with world.fake:
        yield world


@pytest.fixture
def after_a_day(synced_world: World, at_home: Callable[[World], Clarity]) -> Clarity:
    """Commands that only look, in `synced_world`."""
    return at_home(synced_world)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one
