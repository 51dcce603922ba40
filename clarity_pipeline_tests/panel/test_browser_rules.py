"""Both rules of the mission built by hand in a real browser, with and without JavaScript, on a screen and on a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline_tests.panel.browser import chromium, screenshot, watched
from clarity_pipeline_tests.panel.pages.conftest import LIVED, lived_home, lived_panel  # noqa: F401 - fixtures
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

pytestmark = [
    pytest.mark.slow("a browser; pages/test_rule_builder builds the same two rules without one"),
    pytest.mark.timeout(200),
]
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def axe_is_content(page: Page, name: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.mark.parametrize(("script", "width"), [(True, 1440), (True, 390), (False, 390)], ids=["screen", "phone", "no script"])
def test_both_examples_of_the_mission_are_built_by_hand(
    lived_panel: RunningPanel,  # noqa: F811 - the fixture
    browser: Browser,
    script: bool,
    width: int,
) -> None:
    context = browser.new_context(java_script_enabled=script, viewport={"width": width, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints = watched(page)
    name = f"rules-{width}{'' if script else '-no-script'}"
    page.goto(f"{lived_panel.base_url}/sign-in")
    page.get_by_label("E-mail address").fill("ann@agency.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=LIVED, exact=True).first.click()
    page.get_by_role("navigation", name=LIVED).get_by_role("link", name="Rules").click()
    page.get_by_role("link", name="New rule").click()

    # "Pause spend when clarity_rage_click_rate exceeds a threshold over the last 7 days."
    page.get_by_label("Name", exact=True).fill("Visitors are rage clicking")
    page.get_by_label("What is said").select_option("recommend_pause")
    page.get_by_label("Metric", exact=True).select_option("clarity_rage_click_rate")
    page.get_by_label("Is", exact=True).select_option("above")
    page.get_by_label("Limit", exact=True).fill("a lot")
    page.get_by_role("button", name="Save").click()
    wrong = page.get_by_label("Limit", exact=True)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_be_focused()
    expect(wrong).to_be_in_viewport()
    expect(page.get_by_role("alert")).to_contain_text("1 field to mend")
    wrong.fill("0.000001")
    if script:
        page.get_by_label("Over how many days").fill("6")
        page.get_by_label("Over how many days").press("Tab")
    else:
        page.get_by_label("Over how many days").fill("6")
        page.get_by_role("button", name="Preview", exact=True).click()
    said = page.locator("#said")
    expect(said).to_contain_text("pause the spend when rage clicks per visit of a page over the last 6 days are above 0.000001")
    expect(said).to_contain_text("Fires")
    page.get_by_label("Over how many days").fill("7")
    page.get_by_label("Limit", exact=True).fill("0.25")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(said).to_contain_text("over the last 7 days are above 0.25")
    expect(said).to_contain_text("Does not fire")
    screenshot(page, SCREENSHOTS, f"{name}-first")
    if script:
        axe_is_content(page, name)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("The rule is stored")

    # "Send an alert when clarity_dead_clicks spikes after a landing page change."
    page.get_by_role("link", name="New rule").click()
    page.get_by_label("Name", exact=True).fill("Dead clicks after a change")
    page.get_by_label("Asked about").select_option("url")
    page.get_by_label("What to add").select_option("since_change")
    page.get_by_role("button", name="And also").click()
    expect(page.get_by_label("Signal", exact=True)).to_be_focused()
    page.get_by_role("button", name="Remove A number against a limit").click()
    page.get_by_label("Signal", exact=True).select_option("dead_click")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(said).to_contain_text("visits with dead clicks are worse beyond chance since the last change that somebody marked")
    screenshot(page, SCREENSHOTS, f"{name}-second")
    if script:
        axe_is_content(page, name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("The rule is stored")
    page.get_by_role("link", name="Dead clicks after a change").first.click()
    page.get_by_role("link", name="Change", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Dead clicks after a change")
    page.go_back()
    expect(page.get_by_role("heading", name="Dead clicks after a change", exact=True)).to_be_visible()

    with lived_panel.panel.home.state.read() as connection:
        built = {each.rule.id: each.rule for each in list_rules(connection)}
    assert set(built) == {"visitors-are-rage-clicking", "dead-clicks-after-a-change"}
    assert built["visitors-are-rage-clicking"].document()["when"]["threshold"]["value"] == 0.25
    assert built["dead-clicks-after-a-change"].scope == "url"
    assert [each for each in complaints if "422" not in each] == []
    context.close()


@pytest.mark.parametrize(("script", "width"), [(True, 1440), (False, 390)], ids=["screen", "phone without a script"])
def test_a_ready_rule_is_looked_at_switched_on_changed_and_restored(
    lived_panel: RunningPanel,  # noqa: F811 - the fixture
    browser: Browser,
    script: bool,
    width: int,
) -> None:
    context = browser.new_context(java_script_enabled=script, viewport={"width": width, "height": 900}, color_scheme="dark")
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints = watched(page)

    def look(name: str) -> None:
        screenshot(page, SCREENSHOTS, f"rules-{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
        if script:
            axe_is_content(page, name)

    page.goto(f"{lived_panel.base_url}/sign-in")
    page.get_by_label("E-mail address").fill("ann@agency.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/businesses*")
    page.goto(f"{lived_panel.base_url}/businesses/{LIVED}/rules")
    page.get_by_role("link", name="Ready rules").click()
    look("gallery")
    page.get_by_role("button", name="Switch on the chosen rules").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one rule")
    page.get_by_role("link", name="Visits have halved").click()
    expect(page.get_by_role("img", name="Visits of pages")).to_be_visible()
    look("ready")
    page.get_by_role("button", name="Switch on here").click()
    expect(page.get_by_role("status").first).to_contain_text("Switched on here")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Times the normal").fill("0.4")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Visits have halved").click()
    expect(page.locator("#revisions")).to_contain_text("when.change.ratio: 0.5 → 0.4")
    look("page")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("status").first).to_contain_text("It is again as it was at revision 1")
    page.get_by_role("button", name="Switch off here").click()
    expect(page.get_by_role("status").first).to_contain_text("is switched off here")
    page.get_by_role("link", name="As YAML").click()
    look("file")
    page.get_by_role("navigation", name=LIVED).get_by_role("link", name="Changes").click()
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.get_by_label("What was changed")).to_be_focused()
    page.get_by_label("What was changed").fill("New landing page")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Marked.")
    look("changes")
    assert [each for each in complaints if "422" not in each] == []
    context.close()
