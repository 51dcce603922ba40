"""Debian's chromium, for tests that go through the panel as people do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from clarity_pipeline_tests.panel.hand import every_action_checked

_CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser, in which every action is held to what `hand` asks; the test is skipped where none is installed."""
    if _CHROMIUM is None:
        pytest.skip("NO CHROMIUM on this machine: nobody has looked at the panel through a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_ARGUMENTS))
        try:
            with every_action_checked():
                yield browser
        finally:
            browser.close()


def watched(page: Page) -> list[str]:
    """What the page complains of, and whatever it asks of another host; grows while the page is used."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if "//127.0.0.1:" in request.url else complaints.append(request.url))
    return complaints


def screenshot(page: Page, folder: Path, name: str) -> None:
    """Keep what a person sees."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=True)
