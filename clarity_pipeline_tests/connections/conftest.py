from pathlib import Path

import pytest

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock
from clarity_pipeline_tests.connections.office import Office


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def office(any_state: StateDatabase, state_url: str, tmp_path: Path) -> Office:
    return Office(any_state, state_url, tmp_path / "home").connect()
