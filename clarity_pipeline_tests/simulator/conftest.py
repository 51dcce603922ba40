"""Sites, a clock that tests move, and one way to ask over a real socket."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH
from clarity_pipeline.simulator.presets import mid_size, small
from clarity_pipeline.simulator.server import FakeClarity

MID = mid_size().project_id
SMALL = small().project_id


@dataclass
class MovingClock:
    now: datetime = datetime(2026, 11, 10, 0, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Caller:
    fake: FakeClarity
    clock: MovingClock
    session: requests.Session

    def __call__(
        self, project_id: str = SMALL, *, token: str | None = None, method: str = "GET", **params: str
    ) -> requests.Response:
        token = self.fake.token(project_id) if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.session.request(
            method,
            self.fake.base_url + LIVE_INSIGHTS_PATH,
            params={"numOfDays": "1"} | params,
            headers=headers,
            allow_redirects=False,
            timeout=(5, 3),
        )


@contextmanager
def running(**options: Any) -> Iterator[Caller]:
    clock = MovingClock()
    deserted = replace(small(), project_id="deserted1", sessions_a_day=0)
    sites = options.pop("sites", (mid_size(), small(), deserted))
    with FakeClarity(sites, clock=clock, **options) as fake, requests.Session() as session:
        session.trust_env = False
        yield Caller(fake, clock, session)


@pytest.fixture
def served() -> Callable[..., AbstractContextManager[Caller]]:
    return running


@pytest.fixture
def ask() -> Iterator[Caller]:
    with running() as caller:
        yield caller
