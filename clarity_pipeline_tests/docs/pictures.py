"""Takes the pictures of the panel in `docs/pictures`, in Debian's chromium, over a copy of a home that `make demo` left.

    python -m clarity_pipeline_tests.docs.pictures HOME

`HOME` is the demo's folder (`CLARITY_HOME`); nothing in it is changed.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from playwright.sync_api import Page

from clarity_pipeline.alerts.listing import list_alerts
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.panel.browser import chromium
from clarity_pipeline_tests.panel.running import PASSWORD, running

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SHOP = "lindenhaus"


@dataclass(frozen=True, slots=True)
class Picture:
    """A place of the panel, and how much of it: `height` in CSS pixels, None for all of it."""

    path: str
    height: int | None = None


def pictures(alert: str) -> Mapping[str, Picture]:
    """By the name of the file."""
    return {
        "dashboard": Picture(f"/businesses/{SHOP}"),
        "businesses": Picture("/businesses", height=460),
        "connection": Picture(f"/businesses/{SHOP}/connection", height=940),
        "alert": Picture(f"/alerts/{alert}", height=1000),
        "breakdown": Picture(f"/businesses/{SHOP}/breakdown", height=900),
        "rule": Picture(f"/businesses/{SHOP}/rules/dead-clicks-spike", height=980),
    }


def take(page: Page, base_url: str, name: str, picture: Picture) -> None:
    """Look at the place as a person at a desk, and keep what is seen."""
    page.set_viewport_size({"width": 1200, "height": picture.height or 800})
    answer = page.goto(f"{base_url}{picture.path}")
    assert answer is not None
    assert answer.ok, f"{picture.path}: {answer.status}"
    page.screenshot(path=FOLDER / f"{name}.png", full_page=picture.height is None)


def main() -> None:
    """Take all of them."""
    parser = argparse.ArgumentParser(prog="pictures", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("home", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        home = Path(shutil.copytree(given.home, Path(folder) / "home"))
        last = date.fromisoformat(json.loads((home / "demo.json").read_text(encoding="utf-8"))["last"])
        now = datetime.combine(last + timedelta(days=1), time(9), UTC)
        settings = Settings(home=home, api_base_url="http://127.0.0.1:9")
        with open_home(settings) as opened:
            alerts = list_alerts(opened.state)
        with running(settings, clock=lambda: now) as panel, chromium() as browser:
            panel.user("anna@agency.example", role="agency_admin")
            page = browser.new_page()
            page.goto(f"{panel.base_url}/sign-in")
            page.get_by_label("E-mail address").fill("anna@agency.example")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            for name, picture in pictures(alerts[0]["id"]).items():
                take(page, panel.base_url, name, picture)


if __name__ == "__main__":
    main()
