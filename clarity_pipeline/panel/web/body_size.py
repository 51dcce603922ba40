"""The middleware that reads no more of a request than any form of ours can be."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clarity_pipeline.panel.web.problems import refusal


class BodySize:
    """ASGI: 413 when the length says so, or when more than `largest` bytes have come whatever it said."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self.app = app
        self.largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self.largest:
            await refusal(Request(scope, receive), "too_large")(scope, receive, send)
            return
        received = 0

        async def receive_some() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.largest:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_some, send)
