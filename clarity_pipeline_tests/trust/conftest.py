from collections.abc import Iterator
from pathlib import Path

import pytest

from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.trust.played import BUSY
from clarity_pipeline_tests.world import World


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[World]:
    """`acme` on a site that is cut in every lane."""
    world = World(tmp_path / "home")
    world.fake = FakeClarity([BUSY], clock=lambda: world.now)
    with world.fake:
        world.connect(token=world.fake.token(BUSY.project_id))
        yield world
