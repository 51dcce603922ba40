"""A panel that runs over the `world` of a test, and one over an empty state database of either kind."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.panel.running import RunningPanel, running
from clarity_pipeline_tests.world import World

NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        """The present instant."""
        return self.now


@pytest.fixture
def hand_clock() -> HandClock:
    """Nine o'clock until a test says otherwise."""
    return HandClock()


@pytest.fixture
def any_panel(tmp_path: Path, state_url: str, hand_clock: HandClock) -> Iterator[RunningPanel]:
    """Nobody and nothing in it yet; SQLite and Postgres in turn."""
    settings = Settings(home=tmp_path / "home", state_url=state_url, api_base_url="http://127.0.0.1:9")
    with running(settings, clock=hand_clock) as found:
        yield found


@pytest.fixture
def panel(world: World) -> Iterator[RunningPanel]:
    """Over the connected business `acme` and a fake Clarity; the admin `ann`, the member `max`, and `cleo`, acme's client."""
    with running(world.settings, clock=lambda: world.now) as found:
        found.user("ann@agency.example", role="agency_admin")
        found.user("max@agency.example")
        found.user("cleo@acme.example", role="client", businesses=("acme",))
        yield found
