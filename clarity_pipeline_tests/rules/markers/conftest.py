import pytest

from clarity_pipeline_tests.alerts.made_up import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
