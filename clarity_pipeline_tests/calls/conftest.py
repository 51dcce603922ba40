import pytest

from clarity_pipeline_tests.connections.made_up import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
