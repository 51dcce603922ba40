from collections.abc import Iterator
from pathlib import Path

import pytest

from clarity_pipeline_tests.trust.played import BUSY, busy_site
from clarity_pipeline_tests.world import World


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[World]:
    """`acme` on a site that is cut in every lane."""
    with busy_site(tmp_path / "home") as world:
        world.connect(token=world.fake.token(BUSY.project_id))
        yield world
