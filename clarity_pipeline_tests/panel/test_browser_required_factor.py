"""Who must have a second factor is led to it in a real browser, with scripts and without, and then goes on with their work."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import expect

from clarity_pipeline.panel.access.policy import ROLES, Role
from clarity_pipeline.state.schema.panel import panel_identities
from clarity_pipeline_tests.panel.browser import chromium, watched
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, running
from clarity_pipeline_tests.panel.test_browser_second_factor import looks_well
from clarity_pipeline_tests.world import World

pytestmark = pytest.mark.slow("a browser that goes through five pages for each role")

EMAILS: dict[Role, str] = {
    "agency_admin": "ann@agency.example",
    "agency_member": "max@agency.example",
    "client": "cleo@acme.example",
}


@pytest.fixture
def demanding(world: World) -> Iterator[RunningPanel]:
    """A panel whose people must all have a second factor, and have none yet."""
    with running(replace(world.settings, panel_second_factor=",".join(ROLES)), clock=lambda: world.now) as found:
        for role, email in EMAILS.items():
            found.user(email, role=role, businesses=("acme",) if role == "client" else ())
        yield found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("width", "scripts"), [(390, False), (1440, True)])
def test_a_person_is_led_to_set_one_up_and_unlinks_a_provider_afterwards(
    demanding: RunningPanel, role: Role, width: int, scripts: bool
) -> None:
    with demanding.panel.home.state.write() as connection:
        row = {"issuer": "https://accounts.example", "subject": role, "made_at": datetime(2026, 5, 1, tzinfo=UTC)}
        connection.execute(panel_identities.insert().values(user_id=ROLES.index(role) + 1, **row))
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=True, viewport={"width": width, "height": 900}).new_page()
        if not scripts:
            page.route("**/*.js", lambda route: route.abort())
        complaints = watched(page)
        page.goto(f"{demanding.base_url}/businesses")
        page.get_by_label("E-mail address").fill(EMAILS[role])
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{demanding.base_url}/account/second-factor")
        expect(page.get_by_text("Your role needs a second factor.")).to_be_visible()
        expect(page.get_by_role("link", name="Businesses")).to_have_count(0)
        looks_well(page)
        page.goto(f"{demanding.base_url}/account")
        expect(page).to_have_url(f"{demanding.base_url}/account/second-factor")
        page.get_by_role("button", name="Show the key").click()
        looks_well(page)
        app = pyotp.TOTP(page.get_by_label("Key", exact=True).input_value())
        page.get_by_label("Code that the app shows").fill(app.at(demanding.panel.clock()))
        page.get_by_role("button", name="Use it from now on").click()
        looks_well(page)
        page.get_by_role("link", name="Go on").click()
        expect(page).to_have_url(f"{demanding.base_url}/businesses{'/acme' if role == 'client' else ''}")
        page.goto(f"{demanding.base_url}/account")
        looks_well(page)
        page.get_by_role("button", name="Unlink accounts.example").click()
        expect(page.get_by_role("status")).to_contain_text("That account is unlinked")
        expect(page.get_by_role("button", name="Allow accounts.example again")).to_be_visible()
        looks_well(page)
        if role == "agency_admin":
            page.goto(f"{demanding.base_url}/people/2")
            looks_well(page)
            page.get_by_label("E-mail address").fill("maxine@agency.example")
            page.get_by_role("button", name="Change the address").click()
            expect(page.get_by_role("status")).to_contain_text("signs in as maxine@agency.example")
        assert [text for text in complaints if "ERR_FAILED" not in text] == []
