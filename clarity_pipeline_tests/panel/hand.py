"""What holds after every action of every browser test: the answer is in view, the focus at it, and the address leads back here.

`chromium` has every click, key, choice and visit of a test go through this, so that no test can leave it out. The kind it is for:
a refused form whose problem stood 3,000 px below, a swap that dropped the focus, an order that was in no address, the answer to
a form that a reload made a 405, a name that made a page wider than the screen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page, Request

ACTIONS = ("click", "dblclick", "fill", "press", "press_sequentially", "check", "uncheck", "set_checked", "select_option")
VISITS = ("goto", "reload", "go_back", "go_forward")

_ANSWERS = "[role=alert], [data-answer], .notice, .problem"
"""What tells what came of an action; `role=status` alone is also a count that is always there."""

_LOOK = """
(answers) => {
  const inView = (each) => { const box = each.getBoundingClientRect();
    return box.width > 0 && box.top >= -1 && box.top < innerHeight && box.left > -2 && box.left < innerWidth; };
  const shown = [...document.querySelectorAll(answers)].filter((each) => each.getClientRects().length && each.textContent.trim());
  const active = document.activeElement ?? document.body;
  const named = (active.getAttribute("aria-describedby") ?? "").split(" ");
  const near = (each) => each === active || each.contains(active) || named.includes(each.id)
    || each.parentElement?.contains(active) && active !== document.body;
  return {
    ours: !!document.querySelector('link[href^="/static/"][href$="/panel.css"]'),
    url: location.href,
    wide: document.documentElement.scrollWidth - innerWidth,
    texts: shown.map((each) => each.textContent.trim()),
    seen: shown.filter(inView).map((each) => each.textContent.trim()),
    focused: shown.filter(near).map((each) => each.textContent.trim()),
    active: active === document.body ? "" : active.outerHTML.slice(0, 120),
    activeInView: active === document.body || inView(active) || active.getBoundingClientRect().height > innerHeight,
    document: document.documentElement.dataset.hand ?? "",
  };
}
"""

_STATE = """
  const stateOf = (page) => JSON.stringify([
    page.querySelector("h1")?.textContent.trim(), page.querySelector("#q")?.value ?? "",
    [...page.querySelectorAll("[aria-current]")].map((each) => each.textContent.trim().replace(/\\\\s+/g, " ")),
    [...page.querySelectorAll("[aria-sort]")].map((each) => each.textContent.trim() + each.getAttribute("aria-sort")),
  ]);
"""

_LEADS_BACK = (
    "async (compared) => {"
    + _STATE.replace("\\\\", "\\")
    + """
  const answer = await fetch(location.href.split("#")[0], {headers: {Accept: "text/html"}});
  const there = new DOMParser().parseFromString(await answer.text(), "text/html");
  return {status: answer.status, here: stateOf(document), there: compared ? stateOf(there) : stateOf(document)};
}
"""
)


@dataclass
class _Traffic:
    """What a page has asked for: what is under way, and how the last page or part of one was asked for."""

    pending: set[Request] = field(default_factory=set)
    asked: int = 0
    method: str = "GET"
    unanswered: int = 0
    """Of those, how many never got an answer, as offline."""

    def begins(self, request: Request) -> None:
        self.pending.add(request)
        if request.resource_type in {"document", "fetch", "xhr"}:
            self.asked += 1
            self.method = request.method

    def ends(self, request: Request) -> None:
        self.pending.discard(request)

    def fails(self, request: Request) -> None:
        self.unanswered += 1
        self.ends(request)


_TRAFFIC: WeakKeyDictionary[Page, _Traffic] = WeakKeyDictionary()


def _traffic_of(page: Page) -> _Traffic:
    if page not in _TRAFFIC:
        traffic = _TRAFFIC[page] = _Traffic()
        page.on("request", traffic.begins)
        page.on("requestfinished", traffic.ends)
        page.on("requestfailed", traffic.fails)
    return _TRAFFIC[page]


def _settled(page: Page, traffic: _Traffic) -> None:
    """Wait until nothing is under way, as a person does."""
    quiet = 0
    for _ in range(400):
        page.wait_for_timeout(15)
        quiet = 0 if traffic.pending else quiet + 1
        if quiet >= 3:
            return
    raise AssertionError(f"the page never came to rest: {[each.url for each in traffic.pending]}")


def _look(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_LOOK, _ANSWERS)
    return found


def wrong(before: dict[str, Any], after: dict[str, Any], *, is_visit: bool) -> list[str]:
    """What a person would stumble over, between two looks. Pure."""
    said = []
    if after["wide"] > 1:
        said.append(f"in view: the page is {after['wide']} px wider than the screen")
    is_swap = before["document"] == after["document"] != ""
    new = [text for text in after["texts"] if not (is_swap and text in before["texts"])]
    if new and not set(new) & set(after["seen"]):
        said.append(f"in view: the answer is off the screen: {new[0][:90]!r}")
    if new and not is_visit and not set(new) & set(after["focused"]):
        said.append(f"focus: it is at {after['active'] or 'nothing'}, and not at the answer {new[0][:90]!r}")
    if is_swap and not is_visit and before["active"] and not after["active"]:
        said.append("focus: it was lost when a part of the page was exchanged")
    if not after["activeInView"] and not is_visit:
        said.append(f"in view: what has the focus is off the screen: {after['active']}")
    return said


def _checked(page: Page, what: str, act: Callable[[], Any], *, is_visit: bool) -> Any:
    traffic = _traffic_of(page)
    before: dict[str, Any] = {"texts": [], "document": "", "active": "", "ours": False}
    if page.url.startswith("http"):
        before = _look(page) | {"document": f"{traffic.asked}-{page.url}"}
        page.evaluate("(mark) => { document.documentElement.dataset.hand = mark }", before["document"])
    asked, unanswered, done = traffic.asked, traffic.unanswered, act()
    _settled(page, traffic)
    if page.is_closed() or not page.url.startswith("http"):
        return done
    after = _look(page)
    if not after["ours"]:
        return done
    found = wrong(before, after, is_visit=is_visit)
    if traffic.asked != asked and traffic.unanswered == unanswered:
        compared = traffic.method == "GET" and not page.url.split("?")[0].endswith("/sign-in")
        led = page.evaluate(_LEADS_BACK, compared)
        _settled(page, traffic)
        if led["status"] in {405, 500} or (traffic.method != "GET" and led["status"] >= 500):
            found.append(f"address: {page.url} answers a reload with {led['status']}")
        if led["here"] != led["there"]:
            found.append(f"address: {page.url} leads to {led['there']} and shows {led['here']}")
    assert not found, f"after {what} at {page.url}: " + "; ".join(found)
    return done


def _through(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    is_visit = name in VISITS

    @wraps(original)
    def action(self: Page | Locator, *args: Any, **more: Any) -> Any:
        page = self if isinstance(self, Page) else self.page
        shown = "" if name == "fill" else ", ".join(map(str, args))
        return _checked(
            page, f"{name} {shown} {'' if is_visit else self}", lambda: original(self, *args, **more), is_visit=is_visit
        )

    return action


@contextmanager
def every_action_checked() -> Iterator[None]:
    """While it lasts, whatever a test does to a page of the panel is held to the three."""
    kept = [(Locator, name, getattr(Locator, name)) for name in ACTIONS] + [(Page, name, getattr(Page, name)) for name in VISITS]
    for owner, name, original in kept:
        setattr(owner, name, _through(original, name))
    try:
        yield
    finally:
        for owner, name, original in kept:
            setattr(owner, name, original)
