"""The one room that knows SQLite from Postgres: `make test` runs its tests on both."""

from collections.abc import Callable

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def empty_state_url(request: pytest.FixtureRequest, empty_address: Callable[[str], str]) -> str:
    """The address of an empty database, of either kind."""
    return empty_address(request.param)


@pytest.fixture(params=["sqlite", "postgres"])
def state_url(request: pytest.FixtureRequest, migrated_address: Callable[[str], str]) -> str:
    """The address of a migrated database without a row, of either kind."""
    return migrated_address(request.param)
