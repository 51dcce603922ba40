from collections.abc import Iterator

import pytest

from clarity_pipeline_tests.alerts.made_up import HandClock
from clarity_pipeline_tests.alerts.receiver import Receiver, receiving


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one
