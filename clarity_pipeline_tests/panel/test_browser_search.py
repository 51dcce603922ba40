"""The search of the header and groups of businesses in a real browser, with and without JavaScript, on a phone and a screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from clarity_pipeline_tests.panel.browser import chromium, watched
from clarity_pipeline_tests.panel.pages.test_pages import connect
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

pytestmark = [pytest.mark.slow("a browser, three times over"), pytest.mark.timeout(180)]


def through_search_and_groups(page: Page, panel: RunningPanel) -> None:
    page.goto(f"{panel.base_url}/businesses")
    page.get_by_label("E-mail address").fill("max@agency.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    if page.get_by_label("Search in everything").is_visible():
        page.get_by_label("Search in everything").fill("ellas")
        page.get_by_label("Search in everything").press("Enter")
    else:
        page.get_by_role("link", name="Search", exact=True).click()
        page.get_by_label("Search in everything").fill("ellas")
        page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Businesses")).to_be_visible()
    page.get_by_label("Search in everything").fill("nobody-has-this")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Ελλάς").click()
    expect(page.get_by_role("heading", name="Ελλάς", level=1)).to_be_visible()
    page.goto(f"{panel.base_url}/businesses")
    page.get_by_role("link", name="Groups").click()
    for name in ("Key accounts", "KEY ACCOUNTS"):
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Make the group").click()
        if name == "Key accounts":
            page.get_by_label("Ελλάς").check()
            page.get_by_role("button", name="Save").click()
            expect(page.get_by_text("Saved.")).to_be_visible()
            page.get_by_role("link", name="← Groups").click()
    expect(page.get_by_text("There is a group of that name already")).to_be_visible()
    page.goto(f"{panel.base_url}/businesses")
    page.get_by_label("Group of businesses").select_option(label="Key accounts")
    if page.evaluate("() => !window.htmx"):
        page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 of 3 businesses in Key accounts")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 of 3 businesses in Key accounts")).to_be_visible()


@pytest.mark.parametrize(("has_script", "width"), [(True, 1440), (True, 390), (False, 390)])
def test_somebody_searches_makes_a_group_and_filters_by_it(any_panel: RunningPanel, has_script: bool, width: int) -> None:
    any_panel.user("max@agency.example")
    for slug, name in (("ellas", "Ελλάς"), ("long", "A" * 100), ("sakura", "株式会社さくら")):
        connect(any_panel, slug, name)
    with chromium() as browser:
        size: ViewportSize = {"width": width, "height": 800}
        page = browser.new_page(java_script_enabled=has_script, viewport=size)
        complaints = watched(page)
        through_search_and_groups(page, any_panel)
        for path in ("/search?find=a", "/groups", "/groups/key-accounts", "/businesses?group=key-accounts"):
            page.goto(any_panel.base_url + path)
            if has_script:
                report = Axe().run(page)
                assert report.violations_count == 0, report.generate_report()
        assert [each for each in complaints if "409" not in each and "422" not in each] == []
