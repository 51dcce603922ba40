"""One line a request, and the last wall before the terminal: both name the route, never what was in the request.

A path may hold a pasted token, a query an invite, an address belongs to a person: the line has the route's pattern, the status,
the milliseconds, and the number of the account or the prefix of the key that asked. An unexpected exception is logged by type and
place; its message and its traceback may quote anything.
"""

import logging
import traceback
from time import perf_counter

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clarity_pipeline.panel.web.problems import refusal

ACCESS = logging.getLogger("clarity_pipeline.panel.access")
ERRORS = logging.getLogger("clarity_pipeline.panel.errors")


class AccessLog:
    """ASGI: logs each request, and answers 500 for whatever a handler did not expect."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except ClientDisconnect:
            pass  # gone, or cut off, before its body had come: nobody is there to be answered
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            ERRORS.error("%s at %s:%s in %s", type(error).__name__, place.filename, place.lineno, _route(scope))
            if not status:
                await refusal(Request(scope, receive), "internal_error")(scope, receive, send_and_note)
        finally:
            took = (perf_counter() - began) * 1000
            ACCESS.info("%s %s %s %.0f ms %s", _method(scope), _route(scope), status or "-", took, _asker(scope))


def _route(scope: Scope) -> str:
    """The path with names in place of what was given, such as `/businesses/{business_id}`; nothing of one that has no route."""
    if "route" not in scope:
        return "(no route)"
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return "/".join(names.get(part, part) for part in scope["path"].split("/"))


def _asker(scope: Scope) -> str:
    """Whose request it was, as far as that was asked: a number or a prefix, which name nobody outside the panel."""
    state = scope.get("state", {})
    if (key := state.get("holder")) is not None:
        return f"key:{key.prefix}"
    viewer = state.get("viewer")
    return "-" if viewer is None else f"user:{viewer.user_id}"


def _method(scope: Scope) -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return scope["method"] if scope["method"] in known else "(odd)"
