"""From an invite to a sign-out in a real browser, with and without JavaScript; axe-core finds nothing on any of the pages."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline.panel.access.invites import invite_path
from clarity_pipeline_tests.panel.browser import chromium, screenshot, watched
from clarity_pipeline_tests.panel.running import RunningPanel

PASSWORD = "nine loud geese at dawn"


def from_an_invite_to_a_sign_out(page: Page, panel: RunningPanel, folder: Path) -> list[str]:
    """Returns the names of the pages that were seen."""
    link = panel.panel.invites.make("bea@agency.example", role="agency_admin")
    seen: list[str] = []

    def look(name: str) -> None:
        seen.append(name)
        screenshot(page, folder, name)
        if page.context.browser and folder.name == "with-javascript":
            report = Axe().run(page)
            assert report.violations_count == 0, report.generate_report()

    page.goto(panel.base_url + invite_path(link))
    look("invite")
    page.get_by_label("Your name").fill("Bea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.goto(f"{panel.base_url}/people")
    look("people")
    page.get_by_label("E-mail address").fill("joe@acme.example")
    page.get_by_label("Role").select_option(label="Client")
    page.get_by_label("Acme").check()
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.get_by_role("status")).to_be_in_viewport()
    expect(page.get_by_label("Link", exact=True)).to_have_value(panel.base_url + "/invite?code=" + _code(page))
    look("people-link")
    page.get_by_role("link", name="Keys", exact=True).click()
    page.get_by_label("Name").fill("acme dashboard")
    page.get_by_label("Acme").check()
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_label("Key", exact=True)).to_have_value(re.compile("clp_"))
    look("keys")
    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("link", name="Max", exact=True).click()
    look("person")
    page.get_by_role("button", name="Disable this account").click()
    expect(page.get_by_role("status")).to_have_text("Max can no longer sign in.")
    page.get_by_role("link", name="Bea").click()
    look("account")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    expect(page).to_have_url(f"{panel.base_url}/sign-in")
    page.get_by_label("E-mail address").fill("bea@agency.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("password is wrong")
    expect(page.get_by_label("E-mail address")).to_have_value("bea@agency.example")
    look("sign-in-again")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{panel.base_url}/account")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    return seen


def _code(page: Page) -> str:
    return page.get_by_label("Link", exact=True).input_value().partition("code=")[2]


@pytest.mark.parametrize(
    "scripts",
    [
        pytest.param(True, id="with-javascript"),
        pytest.param(False, id="without-javascript", marks=pytest.mark.slow("the same pages again")),
    ],
)
def test_a_person_goes_from_an_invite_to_a_sign_out(panel: RunningPanel, tmp_path: Path, scripts: bool) -> None:
    with chromium() as browser:
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        complaints = watched(page)
        seen = from_an_invite_to_a_sign_out(page, panel, tmp_path / f"with{'' if scripts else 'out'}-javascript")
        assert len(seen) == 7
        (cookie,) = [each for each in context.cookies(panel.base_url) if each["name"] == NAME]
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax"), "also on plain http at loopback"
        assert [text for text in complaints if "401" not in text] == []


def test_another_site_cannot_have_the_browser_send_a_form(panel: RunningPanel) -> None:
    """The page of an attacker on another port, which is the same site for cookies and another origin for us."""
    with chromium() as browser:
        page = browser.new_context().new_page()
        page.goto(f"{panel.base_url}/sign-in")
        page.get_by_label("E-mail address").fill("ann@agency.example")
        page.get_by_label("Password").fill("a pond full of herons")
        page.get_by_role("button", name="Sign in").click()
        form = f'<form method="post" action="{panel.base_url}/account/sign-ins/end-all"><button>Win a prize</button></form>'
        page.route("http://127.0.0.1:1/**", lambda route: route.fulfill(body=form, content_type="text/html"))
        page.goto("http://127.0.0.1:1/prize")
        page.get_by_role("button", name="Win a prize").click()
        expect(page.get_by_role("heading")).to_have_text("From another site")
        page.goto(f"{panel.base_url}/account")
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()
