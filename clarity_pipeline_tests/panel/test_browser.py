"""The whole life of a connection in a real browser, from sign-in to disconnect, with and without JavaScript.

Each page is kept as a picture under `build/screenshots` (ignored by git), and axe-core finds nothing on any of them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from clarity_pipeline_tests.panel.browser import chromium
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, running
from clarity_pipeline_tests.world import DAY, OTHER_PROJECT, PROJECT, World

pytestmark = [
    pytest.mark.slow("a browser through every page, with and without script; test_browser_sign_in is shorter"),
    pytest.mark.timeout(300),
]

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@dataclass
class Person:
    """Somebody in front of a browser; what the browser complains about and asks others for is kept."""

    page: Page
    base_url: str
    pictures: str
    has_script: bool
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.base_url).netloc:
            self.strangers.append(url)

    def sign_in(self, email: str) -> None:
        self.page.goto(f"{self.base_url}/businesses")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.look("sign-in")
        self.press("Sign in")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def press(self, name: str, role: str = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def reads(self, text: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def look(self, name: str) -> None:
        """Take a picture; where scripts run, have axe-core look too, on a phone as well."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.pictures}-{name}.png", full_page=True)
        if not self.has_script:
            return
        self._examine(name)
        wide = self.page.viewport_size
        self.page.set_viewport_size({"width": 320, "height": 640})
        self.page.screenshot(path=SCREENSHOTS / f"{self.pictures}-{name}-phone.png", full_page=True)
        self._examine(f"{name} on a phone")
        assert self.page.evaluate("document.documentElement.scrollWidth") == 320, f"{name} is wider than a phone"
        assert wide is not None
        self.page.set_viewport_size(wide)

    def _examine(self, name: str) -> None:
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"


@pytest.fixture
def young(tmp_path: Path) -> Iterator[World]:
    """A home without a business, five minutes past midnight."""
    world = World(tmp_path / "home")
    with world.fake:
        yield world


@pytest.fixture
def visit(browser: Browser, young: World) -> Iterator[Callable[..., Person]]:
    contexts = []
    with running(young.settings, clock=lambda: young.now) as panel:
        panel.user("ann@agency.example", role="agency_admin")

        def visit(pictures: str, *, script: bool = True, scheme: str = "light") -> Person:
            context = browser.new_context(java_script_enabled=script, color_scheme=scheme)  # type: ignore[arg-type]
            context.set_default_timeout(15_000)
            contexts.append(context)
            return Person(context.new_page(), panel.base_url, pictures, script)

        visit.panel = panel  # type: ignore[attr-defined]
        yield visit
        for context in contexts:
            context.close()


def fill_in(person: Person, **fields: str) -> None:
    for label, value in fields.items():
        person.page.locator(f"#{label}").fill(value)


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_the_whole_life_of_a_connection(visit: Callable[..., Person], young: World, script: bool) -> None:
    ann = visit("life" if script else "life-no-script", script=script)
    ann.sign_in("ann@agency.example")
    ann.reads("No business is connected yet")
    ann.look("empty")

    ann.press("Connect a business", "link")
    ann.look("connect")
    fill_in(ann, name="Acme <b>Shop</b>", project_id=PROJECT, token="far too short")
    ann.press("Connect")
    expect(ann.page.get_by_role("alert")).to_contain_text("too short")
    expect(ann.page.locator("#project_id")).to_have_value(PROJECT)
    expect(ann.page.locator("#token")).to_have_value("")
    fill_in(ann, slug="acme", token=young.fake.token(PROJECT))
    ann.press("Connect")
    ann.reads("Connected; no call was made.")
    ann.reads("Not verified")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Acme <b>Shop</b>")
    assert young.calls() == 0
    ann.look("not-verified")

    ann.reads("10 of today's 10 calls are left, 6 of them for tests; this takes one.")
    if script:
        ann.page.evaluate("window.isSamePage = true")
    ann.press("Test")
    ann.reads(
        "Clarity accepts the token. Its answer counts as the first lane of the daily sync."
        " This took 1 of the day's 10 calls; 9 are left"
    )
    if script:
        assert ann.page.evaluate("window.isSamePage"), "htmx should have swapped the part, not the page"
    ann.reads("1 of 10 used")
    ann.reads("Test by the agency")

    with ThreadPoolExecutor(1) as elsewhere:  # Playwright has an event loop in this thread, and so has Dagster in its own
        elsewhere.submit(young.sync, DAY).result()
    ann.press("Refresh", "link")
    ann.reads("Connected")
    ann.reads("4 of 10 used")
    ann.reads("Daily sync")
    ann.look("connection")
    ann.press("Overview", "link")
    ann.press("28 days", "link")
    expect(ann.page.get_by_role("link", name="28 days")).to_have_attribute("aria-current", "true")
    ann.look("overview")
    ann.press("Pages", "link")
    ann.reads("https://roofmaster.example/")
    expect(ann.page.get_by_role("link", name="28 days")).to_have_attribute("aria-current", "true")
    ann.press("Dead clicks", "link")
    expect(ann.page.locator("th[aria-sort=descending]").last).to_contain_text("Dead clicks")
    for place in ("Pages", "Breakdown", "Alerts", "Rules", "Imports", "Activity"):
        ann.page.locator(".places").get_by_role("link", name=place).click()
        expect(ann.page.locator(".places [aria-current=page]")).to_have_text(place)
        ann.look(place.lower())
    ann.press("Connection", "link")

    ann.page.get_by_role("switch", name="Sync enabled").click()
    ann.reads("The daily sync is paused.")
    expect(ann.page.get_by_role("switch", name="Sync enabled")).to_have_attribute("aria-checked", "false")
    ann.page.get_by_role("switch", name="Sync enabled").click()
    ann.reads("The daily sync is on.")

    fill_in(ann, name="Acme", token=young.fake.token(PROJECT))
    ann.press("Update")
    ann.reads("The new token is stored; no call was made.")
    fill_in(ann, project_id="no/good")
    ann.page.locator("#project_id").evaluate("field => field.removeAttribute('minlength')") if script else None
    ann.press("Update")
    expect(ann.page.get_by_role("alert")).to_contain_text("6 to 20 letters and digits")

    ann.press("Businesses", "link")
    ann.look("list")
    fill_in(ann, q="nobody")
    ann.press("Search")
    ann.reads("Nothing is called that")
    ann.press("Show all businesses", "link")
    ann.press("Acme", "link")
    ann.press("Connection", "link")

    ann.press("Disconnect", "link")
    ann.reads("Disconnect Acme?")
    ann.look("disconnect")
    ann.press("Disconnect")
    ann.reads("The token is gone; everything that was measured is kept.")
    ann.reads("Not connected")
    ann.look("disconnected")
    ann.press("Activity", "link")
    ann.reads("disconnected; the token is gone, the history is kept")
    ann.press("Pages", "link")
    ann.reads("https://roofmaster.example/")
    assert young.calls() == 4

    ann.press("Sign out")
    expect(ann.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    told = (
        "status of 4",
        "Cleared data types",
        "Autofocus processing was blocked",
    )  # a refused form is told as a failed load, a sign-out as what it forgot
    expected = [each for each in ann.complaints if not any(word in each for word in told)]
    assert (expected, ann.strangers) == ([], [])


def test_a_client_has_the_same_card_for_their_own_business_and_no_other(visit: Callable[..., Person], young: World) -> None:
    panel: RunningPanel = visit.panel  # type: ignore[attr-defined]
    young.connect("acme")
    young.connect("rival", project_id=OTHER_PROJECT)
    panel.user("cleo@acme.example", role="client", businesses=("acme",))
    cleo = visit("portal", scheme="dark")
    cleo.sign_in("cleo@acme.example")
    cleo.reads("Your businesses")
    cleo.look("list")
    assert "rival" not in cleo.page.content()
    expect(cleo.page.get_by_role("link", name="Connect a business")).to_have_count(0)
    cleo.press("Acme", "link")
    cleo.press("Connection", "link")
    cleo.reads("2 of them for tests")
    cleo.press("Test")
    cleo.reads("Clarity accepts the token.")
    cleo.reads("Test from the portal")
    cleo.look("business")
    assert cleo.page.goto(f"{cleo.base_url}/businesses/rival").status == 404  # type: ignore[union-attr]
    cleo.look("no-such-business")
    assert cleo.page.goto(f"{cleo.base_url}/connect").status == 403  # type: ignore[union-attr]
