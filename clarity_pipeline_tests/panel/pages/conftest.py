"""A panel over a business with months of numbers, published: what rules are tried on."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from benchmarks.alerts.sites import FIRST
from benchmarks.backtest_speed import fill
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.warehouse.published.file import publish
from clarity_pipeline.warehouse.published.open_copy import PublishedDate
from clarity_pipeline.warehouse.published.panel_copy import PanelCopy
from clarity_pipeline_tests.panel.running import RunningPanel, running

DAYS = 100
LAST = FIRST + timedelta(days=DAYS - 1)
LIVED = "business-000"
OTHER = "business-001"


@pytest.fixture(scope="session")
def lived_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two businesses of 400 sessions a day with so many days, published; copied by whoever changes it."""
    folder = tmp_path_factory.mktemp("lived") / "home"
    with open_home(_settings(folder)) as home:
        fill(home, businesses=2, days=DAYS, size=400)
        publish(home.warehouse, home.settings.published_file, state=home.state)
        _serve(home)
    return folder


@pytest.fixture
def lived_panel(lived_home: Path, tmp_path: Path) -> Iterator[RunningPanel]:
    """A panel over a copy; the admin `ann`, the member `max`, and `cleo`, a client of the first business."""
    import shutil

    settings = _settings(Path(shutil.copytree(lived_home, tmp_path / "home")))
    with running(settings, clock=settings.clock()) as found:
        found.user("ann@agency.example", role="agency_admin")
        found.user("max@agency.example")
        found.user("cleo@client.example", role="client", businesses=(LIVED,))
        yield found


def _serve(home: Home) -> None:
    """Yesterday in the panel's copy, which says how large a business is."""
    at = datetime.combine(LAST, time(), UTC)
    day = {"sessions": 1050, "bot_sessions": 0, "devices": [], "quality": "aligned", "coverage": 1.0, "truncated": False}
    when = {"window_start": at, "window_end": at, "loaded_at": at}
    days = [{"business_id": each, "date": LAST, **day, **when} for each in (LIVED, OTHER)]
    found = PublishedDate(days=days, site_days=[], urls={}, breakdowns={}, findings={})
    PanelCopy(home.state, home.clock).replace(LAST, found, digest="made up")


def _settings(folder: Path) -> Settings:
    now = datetime.combine(LAST + timedelta(days=1), time(9), UTC)
    return Settings(home=folder, api_base_url="http://127.0.0.1:9", now=now)
