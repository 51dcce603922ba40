"""A panel on a real socket, and visitors who go through it as browsers do: cookies kept, forms sent, redirects seen."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

import requests
from fastapi import FastAPI

from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline.panel.access.passwords import Passwords
from clarity_pipeline.panel.access.policy import Role
from clarity_pipeline.panel.app import build_app
from clarity_pipeline.panel.panel import Panel
from clarity_pipeline.panel.web.deadlines import Limits
from clarity_pipeline.panel.web.forwarded import Network
from clarity_pipeline.panel.web.server import server_of
from clarity_pipeline.settings.settings import Settings

CHEAP = Passwords(memory_kib=64, passes=1)
PASSWORD = "a pond full of herons"


@dataclass
class RunningPanel:
    """Where it listens, and the home behind it."""

    base_url: str
    app: FastAPI

    @property
    def panel(self) -> Panel:
        """The home; a test makes and looks at what the panel does not offer."""
        found: Panel = self.app.state.panel
        return found

    def user(self, email: str, *, role: Role = "agency_member", businesses: tuple[str, ...] = ()) -> int:
        """A new user, whose password is PASSWORD."""
        name = email.partition("@")[0].title()
        phc = self.panel.passwords.hash(PASSWORD)
        return self.panel.accounts.create(email, name=name, role=role, password_phc=phc, business_ids=businesses).user_id

    def visitor(self, email: str | None = None) -> "Visitor":
        """Somebody with a browser, signed in when an address is given."""
        visitor = Visitor(self.base_url)
        if email is not None:
            answer = visitor.post("/sign-in", email=email, password=PASSWORD)
            assert answer.status_code == 303, answer.text
        return visitor


@dataclass
class Visitor:
    """One browser. Python's cookie jar keeps Secure cookies from plain http, so this one has its own."""

    base_url: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin", "User-Agent": "Firefox Linux"})

    def get(self, path: str, **more: Any) -> requests.Response:
        """Ask for a page; redirects are not followed."""
        return self.send("GET", path, **more)

    def post(self, path: str, **fields: Any) -> requests.Response:
        """Send a form."""
        return self.send("POST", path, data=fields)

    def send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        """Any request."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        own = self.headers | ({"Cookie": cookie} if cookie else {}) | (headers or {})
        answer = requests.request(method, self.base_url + path, headers=own, allow_redirects=False, timeout=60, **more)
        for given in answer.raw.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(given).items():
                self.cookies.pop(name, None)
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
        return answer

    @property
    def secret(self) -> str | None:
        """What the cookie of the sign-in holds."""
        return self.cookies.get(NAME)


@contextmanager
def running(
    settings: Settings,
    *,
    clock: Callable[[], datetime] | None = None,
    passwords: Passwords = CHEAP,
    changed: Callable[[FastAPI], None] = lambda _: None,
    proxies: Sequence[Network] = (),
    limits: Limits | None = None,
) -> Iterator[RunningPanel]:
    """Serve a panel on a free port of this machine; `changed` makes a naive version of it before it starts."""
    app = build_app(settings, clock=clock, passwords=passwords)
    changed(app)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = server_of(app, proxies=proxies, limits=limits)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline, "the panel did not start"
            assert thread.is_alive(), "the panel ended at its start"
            time.sleep(0.01)
        try:
            yield RunningPanel(f"http://127.0.0.1:{listener.getsockname()[1]}", app)
        finally:
            server.should_exit = True
            thread.join(30)
