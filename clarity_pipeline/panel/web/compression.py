"""The middleware that sends pages packed: a month of numbers is a tenth of its size.

Only answers to GET are packed. What is shown once (a link for a password, a key, recovery codes) answers a form and stays as it
is: the length of a packed answer that holds both a secret and a stranger's words would tell of the secret, letter by letter
(BREACH). The others have none to tell: a sign-in is a cookie, and forms need no hidden token (`web.origin`).
"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

SMALLEST = 1024
"""Bytes; what is smaller fits into one packet either way."""

LEVEL = 5
"""Of 9: the last levels take twice the time for a fiftieth of the size."""


class PackedPages:
    """ASGI: packs answers to GET for who takes that."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.packed = GZipMiddleware(app, minimum_size=SMALLEST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        is_read = scope["type"] == "http" and scope["method"] == "GET"
        await (self.packed if is_read else self.app)(scope, receive, send)
