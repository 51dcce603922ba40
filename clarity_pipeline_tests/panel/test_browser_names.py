"""Names as people have them, on every place, on a phone and a desk, with and without script; `hand` looks after every action.

A name of 100 letters, scripts without a letter of ours, a script that runs the other way, signs that are markup elsewhere, and a
short name of 63 letters.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.panel.views.navigation import OF_BUSINESS
from clarity_pipeline.panel.views.transliteration import short_name_of
from clarity_pipeline_tests.panel.browser import chromium
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, running
from clarity_pipeline_tests.world import OTHER_PROJECT, PROJECT, World

pytestmark = [
    pytest.mark.slow("a browser over every place of a home of awkward names; test_browser_sign_in is shorter"),
    pytest.mark.timeout(300),
]

NAMES = (
    "W" * 100,
    "株式会社さくら",
    "متجر الزهور الكبير",
    "Ελλάς Ταξίδια",
    "👑 Kings & Co 🛒",
    "<b>Bold</b> & <script>alert(1)</script>",
    "“Quoted” 'O'Neil' \"shop\"",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk",
    "Acme",
)
SLUGS = {name: short_name_of(name) for name in NAMES} | {"“Quoted” 'O'Neil' \"shop\"": "q" * 63}

WAYS = [
    pytest.param(390, True, id="phone-script"),
    pytest.param(390, False, id="phone-no-script"),
    pytest.param(1440, True, id="desk-script"),
    pytest.param(1440, False, id="desk-no-script"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def panel(world: World) -> Iterator[RunningPanel]:
    """Many names; `acme` answers, since the world has connected it."""
    with running(world.settings, clock=lambda: world.now) as found:
        found.user("ann@agency.example", role="agency_admin")
        for name in NAMES[:-1]:
            token = Token.parse(f"a-token-that-nobody-has-seen-{SLUGS[name]}")
            found.panel.home.connections.connect(SLUGS[name], project_id="abc123def4", token=token, name=name)
        yield found


def sign_in(page: Page, panel: RunningPanel, path: str = "/businesses") -> None:
    page.goto(panel.base_url + path)
    page.get_by_label("E-mail address").fill("ann@agency.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def opened(browser: Browser, width: int, *, script: bool = True, **more: object) -> tuple[BrowserContext, Page]:
    context = browser.new_context(java_script_enabled=script, viewport={"width": width, "height": 800}, **more)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    return context, context.new_page()


def walk(page: Page, panel: RunningPanel, name: str) -> None:
    """Every place of one business, by its address and by its links."""
    here = f"{panel.base_url}/businesses/{SLUGS[name]}"
    for place in OF_BUSINESS:
        page.goto(here + place.path)
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto(f"{here}/disconnect")
    page.get_by_role("link", name="Keep it connected").click()


def fill_wrong(page: Page, field: str, value: str) -> None:
    """What the browser itself would stop, as other programs and old browsers send it."""
    page.locator(field).evaluate("each => { each.form?.setAttribute('novalidate', ''); each.removeAttribute('minlength') }")
    page.locator(field).fill(value)


@pytest.mark.parametrize(("width", "script"), WAYS)
def test_names_of_any_kind_fit_every_place_and_every_answer_is_where_the_hand_is(
    browser: Browser, panel: RunningPanel, world: World, width: int, script: bool
) -> None:
    context, page = opened(browser, width, script=script)
    sign_in(page, panel)
    for name in NAMES:
        walk(page, panel, name)
    for path in ("/people", "/keys", "/alerts", "/people/log", "/account", "/businesses?q=cafe&sort=-name"):
        page.goto(panel.base_url + path)

    page.goto(f"{panel.base_url}/businesses/acme/connection")
    fill_wrong(page, "#project_id", "no/good")
    page.get_by_role("button", name="Update").click()
    expect(page.locator("#project_id")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#project_id")).to_be_focused()
    page.goto(page.url)
    page.get_by_role("button", name="Update").click()
    expect(page.locator("[data-answer]")).to_have_text("Saved.")
    expect(page.locator("[data-answer]")).to_be_focused()
    page.get_by_role("button", name="Test", exact=True).dblclick()
    expect(page.locator("[data-answer]")).to_contain_text("9 are left")
    assert world.calls() == 1
    for _ in range(2):
        page.get_by_role("switch", name="Sync enabled").click()
    expect(page.locator("[data-answer]")).to_have_text("The daily sync is on.")
    world.fake.revoke(PROJECT)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Clarity rejects the token")
    page.go_back()
    context.close()


@pytest.mark.parametrize(("width", "script"), WAYS)
def test_a_business_of_any_name_is_connected_and_found_again(
    browser: Browser, panel: RunningPanel, world: World, width: int, script: bool
) -> None:
    context, page = opened(browser, width, script=script)
    sign_in(page, panel, "/connect")
    page.locator("#name").fill("متجر الزهور الكبير")
    page.locator("#project_id").fill("def456abc7")
    page.locator("#token").fill("a-token-that-is-new-and-of-nobody")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is taken")
    expect(page.locator("#slug")).to_be_focused()
    page.locator("#slug").fill("zuhur")
    page.locator("#token").fill("a-token-that-is-new-and-of-nobody")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page).to_have_url(f"{panel.base_url}/businesses/zuhur/connection")
    page.goto(f"{panel.base_url}/businesses")
    page.get_by_role("link", name="State", exact=True).click()
    page.locator("#q").press_sequentially("ellas")
    page.locator("#q").press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    assert {"q=ellas", "sort=state"} <= set(page.url.partition("?")[2].split("&"))
    page.reload()
    expect(page.locator("#q")).to_have_value("ellas")
    page.get_by_role("link", name="Ελλάς Ταξίδια").click()
    page.get_by_role("link", name="28 days").click()
    expect(page).to_have_url(f"{panel.base_url}/businesses/ellas-taxidia?span=28")
    page.go_back()
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")
    context.close()


@pytest.mark.parametrize(
    ("width", "more"),
    [
        pytest.param(320, {}, id="320"),
        pytest.param(390, {"color_scheme": "dark"}, id="dark"),
        pytest.param(720, {"device_scale_factor": 2}, id="desk-at-200-percent"),
    ],
)
def test_a_sample_on_the_narrowest_screen_in_the_dark_and_at_twice_the_size(
    browser: Browser, panel: RunningPanel, width: int, more: dict[str, object]
) -> None:
    context, page = opened(browser, width, **more)
    sign_in(page, panel)
    for name in NAMES[:3]:
        walk(page, panel, name)
    context.close()


def test_offline_is_said_where_the_hand_is_and_an_ended_sign_in_is_a_page_that_leads_back(
    browser: Browser, panel: RunningPanel
) -> None:
    context, page = opened(browser, 390)
    sign_in(page, panel, "/businesses/acme/connection")
    context.set_offline(True)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("You are offline: nothing was sent")
    context.set_offline(False)
    page.locator("#name").fill("Acme, typed and not lost")
    kept = context.cookies()
    context.clear_cookies()
    page.get_by_role("button", name="Update").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    page.get_by_label("E-mail address").fill("ann@agency.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme, typed and not lost")
    context.clear_cookies()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page).to_have_url(f"{panel.base_url}/sign-in?next=%2Fbusinesses%2Facme%2Fconnection")
    assert kept, "it was signed in before"
    context.close()


def test_a_form_that_is_a_page_of_its_own_stays_as_typed_when_offline_and_is_sent_once_when_pressed_twice(
    browser: Browser, panel: RunningPanel, world: World
) -> None:
    context, page = opened(browser, 1440)
    sign_in(page, panel, "/connect")
    for field, value in {"name": "Twice", "project_id": OTHER_PROJECT, "token": world.fake.token(OTHER_PROJECT)}.items():
        page.locator(f"#{field}").fill(value)
    connect = page.get_by_role("button", name="Connect", exact=True)
    context.set_offline(True)
    connect.click()
    expect(page.get_by_role("alert")).to_contain_text("You are offline: nothing was sent")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#name")).to_have_value("Twice")
    context.set_offline(False)
    page.locator("#token").fill("not a token")
    connect.click()
    expect(page.locator("#token-problem")).to_contain_text("Invalid token")
    page.locator("#token").fill(world.fake.token(OTHER_PROJECT))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    connect.dblclick()
    expect(page).to_have_url(re.compile("/businesses/twice"))
    assert len(sent) == 1
    for _ in range(2):  # over the refused form too, without the browser's question whether to send it again
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Connect a business")
    assert len(sent) == 1
    context.close()


def test_the_card_is_worked_with_the_keyboard_alone(browser: Browser, panel: RunningPanel, world: World) -> None:
    context, page = opened(browser, 1440)
    sign_in(page, panel, "/businesses/acme/connection")

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            found: str = page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id")
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'")
            assert ring, f"{found} has the focus and does not show it"
            if found == name:
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("Test")
    page.locator(":focus").press("Enter")
    expect(page.locator("[data-answer]")).to_be_focused()
    expect(page.locator("[data-answer]")).to_contain_text("9 are left")
    tab_to("Sync enabled")
    page.locator(":focus").press("Space")
    expect(page.locator("[data-answer]")).to_contain_text("The daily sync is paused.")
    context.close()
