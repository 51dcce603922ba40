"""Where the panel is reached, and the middleware that refuses requests which come from anywhere else.

Cross-site request forgery is refused by what browsers themselves say, as Go 1.25 `http.CrossOriginProtection` does: an unsafe
method needs `Sec-Fetch-Site: same-origin` or `none`; from a browser without it, `Origin` must be our own; a request with neither
comes from no browser, and carries no cookie that a browser was tricked into. No token in a form is needed. A `Host` that is not
ours is refused too (a name that was rebound to 127.0.0.1).
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from clarity_pipeline.panel.web.problems import refusal
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import LOOPBACK_NAMES

_NAME_AND_PORT = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
"""Of a `Host`: with a user, a path or a mark in it, it would stand in links that people are given."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Verdict = Literal["ours", "cross_origin", "wrong_host"]


@dataclass(frozen=True, slots=True)
class Origin:
    """`configured` is scheme, host and port as browsers see them; None means plain http on a loopback name and any port."""

    configured: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Origin":
        """What CLARITY_PANEL_ORIGIN says."""
        return cls(settings.panel_origin)

    @property
    def is_https(self) -> bool:
        """Whether browsers reach it over TLS."""
        return (self.configured or "").startswith("https:")

    def of_request(self, request: Request) -> str:
        """What stands before a path in a link for people: as configured, else as this browser has it."""
        return self.configured or f"http://{request.headers['host']}"

    def judge(self, method: str, headers: Headers) -> Verdict:
        """Whether a request may go on; pure."""
        host = headers.get("host", "")
        if not self._is_own_host(host):
            return "wrong_host"
        if method in _SAFE:
            return "ours"
        site = headers.get("sec-fetch-site")
        if site is not None:
            return "ours" if site in {"same-origin", "none"} else "cross_origin"
        origin = headers.get("origin")
        return "ours" if origin is None or origin == (self.configured or f"http://{host}") else "cross_origin"

    def _is_own_host(self, host: str) -> bool:
        if not _NAME_AND_PORT.fullmatch(host):
            return False
        try:
            given = urlsplit(f"//{host}")
            name, port = given.hostname, given.port
            if self.configured is None:
                return name in LOOPBACK_NAMES
            own = urlsplit(self.configured)
            usual = 443 if self.is_https else 80
            return (name, port or usual) == (own.hostname, own.port or usual)
        except ValueError:
            return False


class SameOrigin:
    """ASGI: only what `Origin.judge` calls ours goes on."""

    def __init__(self, app: ASGIApp, *, origin: Origin) -> None:
        self.app = app
        self.origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        verdict = self.origin.judge(scope["method"], Headers(scope=scope))
        if verdict == "ours":
            await self.app(scope, receive, send)
        else:
            await refusal(Request(scope, receive), verdict)(scope, receive, send)
