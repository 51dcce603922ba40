"""A request that says its length in two ways is refused, and its connection closed: a proxy in front may have believed the other.

h11 goes by `Transfer-Encoding` then, as RFC 9112 section 6.3 says, and keeps the connection, as section 6.1 forbids: what stands
behind the one end would be a request of its own for us, and part of this one's body for a proxy that went by `Content-Length`.
Built into the app by `app`.
"""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from clarity_pipeline.panel.web.problems import refusal


class OneFraming:
    """ASGI: whoever sends both gets 400 and no second answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "transfer-encoding" in headers and "content-length" in headers:
            await refusal(Request(scope, receive), "two_framings", headers={"connection": "close"})(scope, receive, send)
        else:
            await self.app(scope, receive, send)
