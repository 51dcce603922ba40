"""A second factor in a real browser, without JavaScript, on a phone and on a desk; axe-core finds nothing on any of the pages."""

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clarity_pipeline_tests.panel.browser import chromium, watched
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

pytestmark = pytest.mark.slow("a browser that goes through eight pages")


def looks_well(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} is wider than the screen"
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()


def _sign_in(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/sign-in?next=/account")
    page.get_by_label("E-mail address").fill("ann@agency.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("width", "scripts"), [(390, False), (1440, True)])
def test_a_person_sets_up_uses_and_takes_away_a_second_factor(panel: RunningPanel, width: int, scripts: bool) -> None:
    with chromium() as browser:
        viewport = {"width": width, "height": 900}
        page = browser.new_context(java_script_enabled=True, viewport=viewport).new_page()  # axe is a script
        if not scripts:
            page.route("**/*.js", lambda route: route.abort())
        complaints = watched(page)
        page.goto(f"{panel.base_url}/sign-in/forgotten")
        looks_well(page)
        _sign_in(page, panel.base_url)
        looks_well(page)
        page.get_by_role("link", name="Set one up").click()
        looks_well(page)
        page.get_by_role("button", name="Show the key").click()
        expect(page.get_by_role("img", name="The key as a QR code")).to_be_visible()
        looks_well(page)
        app = pyotp.TOTP(page.get_by_label("Key", exact=True).input_value())
        page.get_by_label("Code that the app shows").fill("000000")
        page.get_by_role("button", name="Use it from now on").click()
        expect(page.get_by_role("alert")).to_contain_text("scan the picture again")
        page.get_by_label("Code that the app shows").fill(app.at(panel.panel.clock()))
        page.get_by_role("button", name="Use it from now on").click()
        expect(page.get_by_role("status")).to_contain_text("Recovery codes, shown this once")
        looks_well(page)
        recovery = page.locator("code").first.inner_text()
        page.get_by_role("button", name="Sign out", exact=True).first.click()
        _sign_in(page, panel.base_url)
        looks_well(page)
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("That code is wrong")
        looks_well(page)
        page.get_by_label("Code").fill(recovery)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{panel.base_url}/account")
        for path in ("/people", "/people/1", "/people/log"):
            page.goto(panel.base_url + path)
            looks_well(page)
        page.goto(f"{panel.base_url}/account/second-factor")
        page.get_by_role("button", name="Take the second factor away").click()
        expect(page.get_by_role("status")).to_contain_text("is taken away")
        assert [text for text in complaints if "422" not in text and "ERR_FAILED" not in text] == []
