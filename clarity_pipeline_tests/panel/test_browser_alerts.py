"""Alerts and channels in a real browser, with and without JavaScript, on a screen and on a phone.

After each deed the answer is in view, in the card where it was done, and has the focus.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from clarity_pipeline_tests.alerts.receiver import receiving
from clarity_pipeline_tests.panel.browser import chromium, screenshot
from clarity_pipeline_tests.panel.pages.test_alert_pages import opened
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, running
from clarity_pipeline_tests.world import World

pytestmark = [
    pytest.mark.slow("a browser; pages/test_alert_pages and pages/test_channel_pages ask the same without one"),
    pytest.mark.timeout(200),
]
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def signed_in(panel: RunningPanel, browser: Browser, *, script: bool, width: int) -> Page:
    context = browser.new_context(java_script_enabled=script, viewport={"width": width, "height": 800})
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(f"{panel.base_url}/sign-in?next=/alerts")
    page.get_by_label("E-mail address").fill("max@agency.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    return page


def looked_at(page: Page, name: str, *, script: bool) -> None:
    """A picture; nothing stands out of the page, and axe finds nothing."""
    screenshot(page, SCREENSHOTS, name)
    if script:
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is wider than the window"
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def answered(page: Page, card: Locator, words: str, *, role: str = "status") -> None:
    """What was done is answered in its card, in view, with the focus on it."""
    answer = card.get_by_role(role)  # type: ignore[arg-type]
    expect(answer).to_contain_text(words)
    expect(answer).to_be_in_viewport()
    expect(answer).to_be_focused()
    expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]


WINDOWS = pytest.mark.parametrize(
    ("script", "width"), [(True, 1440), (True, 390), (False, 390)], ids=["screen", "phone", "no script"]
)


@WINDOWS
def test_an_alert_is_found_answered_and_closed(panel: RunningPanel, browser: Browser, script: bool, width: int) -> None:
    for number in range(12):
        opened(panel, rule=f"rule-{number:02}")
    page, name = signed_in(panel, browser, script=script, width=width), f"alerts-{width}{'' if script else '-no-script'}"
    inbox = page.locator("#inbox")
    looked_at(page, f"{name}-inbox", script=script)
    page.get_by_role("button", name="Acknowledge").click()
    answered(page, inbox, "No alert is chosen", role="alert")
    ticks = page.get_by_role("checkbox", name="Choose")
    ticks.nth(0).check()
    ticks.nth(11).check()
    page.get_by_label("Close as").select_option("intended")
    page.get_by_role("button", name="Close", exact=True).click()
    answered(page, inbox, "2 alerts closed: intended.")
    page.reload()
    expect(ticks).to_have_count(10)

    page.locator("tbody th a").first.click()
    at = page.url
    looked_at(page, f"{name}-alert", script=script)
    answer, history = page.locator("#answer"), page.locator("#comments")
    page.get_by_role("button", name="Acknowledge").click()
    answered(page, answer, "1 alert acknowledged.")
    page.get_by_text("Silence it").click()
    page.get_by_label("Until the morning of").fill("2035-01-01")
    page.get_by_label("Reason").fill("the relaunch")
    page.get_by_role("button", name="Silence", exact=True).click()
    answered(page, answer, "A silence ends after now and within a year", role="alert")
    expect(page.get_by_label("Reason")).to_have_value("the relaunch")
    page.goto(at)
    page.get_by_label("Comment").fill("The form is gone.\nSince noon.")
    page.get_by_role("button", name="Comment").click()
    answered(page, history, "Your comment is there.")
    page.get_by_label("Not a fault").check()
    page.get_by_role("button", name="Close", exact=True).click()
    answered(page, answer, "1 alert closed: not a fault.")
    looked_at(page, f"{name}-closed", script=script)
    assert page.url == at
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("rule-")


@WINDOWS
def test_a_channel_is_added_tested_and_changed(world: World, browser: Browser, script: bool, width: int) -> None:
    settings = replace(world.settings, webhook_allow=frozenset({"127.0.0.1"}))
    with receiving() as receiver, running(settings, clock=lambda: world.now) as panel:
        panel.user("max@agency.example")
        page, name = signed_in(panel, browser, script=script, width=width), f"channels-{width}{'' if script else '-no-script'}"
        page.get_by_role("link", name="Channels").click()
        looked_at(page, f"{name}-none", script=script)
        page.get_by_role("link", name="Slack", exact=True).click()
        page.get_by_label("Short name").fill("ops")
        page.get_by_label("Address of the webhook").fill("ftp://example.com/x")
        page.get_by_role("button", name="Add the channel").click()
        answered(page, page.locator("main"), "The webhook's address must be", role="alert")
        expect(page.get_by_label("Short name")).to_have_value("ops")
        expect(page.get_by_label("Address of the webhook")).to_have_value("")
        looked_at(page, f"{name}-refused", script=script)
        page.get_by_label("Address of the webhook").fill(f"{receiver.url}/a-path-that-nobody-may-see")
        page.get_by_role("button", name="Add the channel").click()
        answered(page, page.locator("main"), "Added.")
        receiver.answers = [404]
        page.get_by_role("button", name="Send a test").click()
        answered(page, page.locator("main"), "there is no such webhook", role="alert")
        page.get_by_role("button", name="Send a test").click()
        answered(page, page.locator("main"), "took the test message")
        page.get_by_label("Told of").select_option("critical")
        page.get_by_role("button", name="Save").click()
        answered(page, page.locator("main"), "Saved.")
        assert "a-path-that-nobody-may-see" not in page.content()
        looked_at(page, f"{name}-one", script=script)
