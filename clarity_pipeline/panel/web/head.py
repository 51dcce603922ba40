"""The middleware that answers HEAD as GET: link checkers and monitors ask that way, and the server sends no body to them.

FastAPI gives a route the methods it was declared with and no other. Outermost, because what follows looks at the method: a HEAD
is guarded, counted and logged as the GET that it stands for.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """ASGI: the app sees GET; the server, whose scope is left as it was, drops the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self.app({**scope, "method": "GET"} if is_head else scope, receive, send)
