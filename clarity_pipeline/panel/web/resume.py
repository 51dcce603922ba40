"""A form that came when the sign-in had ended: what was typed goes along with the sign-in, and is sent when its owner says so.

It stands in the hidden `next` of the sign-in form and nowhere else: never in an address, so that no link can put a form into
somebody's hand, and never with what is secret in it. Called by `problems`, which answers who is not signed in, and by `doors`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request

RESUME = "/resume"

_SECRET = frozenset({"token", "password", "present", "new", "code", "ticket"})
_HIDDEN = frozenset({"enabled", "calls_shown", "next", "issuer"})
"""What our forms send along and nobody types."""

_LONGEST = 4_000
_MARK = "."
"""Before a field's own name, so that none is taken for `to` or `back`."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was sent where, and the page that it was sent from."""

    to: str
    back: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, to: str, back: str, given: Iterable[tuple[str, object]]) -> "Resumed":
        """Of a form, what may be repeated."""
        fields = ((name, text) for name, text in given if isinstance(text, str) and name not in _SECRET and len(text) <= _LONGEST)
        return cls(to, back, tuple(fields))

    @classmethod
    def read(cls, path: str) -> "Resumed | None":
        """Out of `next`; None where that is a page."""
        start, mark, query = path.partition("?")
        if start != RESUME or not mark:
            return None
        pairs = parse_qsl(query, keep_blank_values=True)
        known = dict(pairs)
        fields = ((name.removeprefix(_MARK), text) for name, text in pairs if name.startswith(_MARK))
        return cls(known.get("to", "/"), known.get("back", "/"), tuple(fields))

    @property
    def next(self) -> str:
        """For the hidden field."""
        return (
            f"{RESUME}?{urlencode([('to', self.to), ('back', self.back), *((_MARK + name, text) for name, text in self.fields)])}"
        )

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What a person has typed of it, as people call it."""
        own = [
            (name, text) for name, text in self.fields if text.strip() and name not in _HIDDEN and not name.startswith("shown_")
        ]
        return [(name.replace("_", " ").capitalize(), text) for name, text in own]


def page_behind(request: Request) -> str:
    """The page of ours that a request was sent from, by what the browser says; else the request's own path, or the start."""
    said = request.headers.get("hx-current-url") or request.headers.get("referer") or ""
    try:
        parts = urlsplit(said)
    except ValueError:
        parts = urlsplit("")
    if parts.netloc == request.headers.get("host") and parts.path.startswith("/") and not parts.path.startswith("//"):
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return own_address(request) if request.method == "GET" else "/"


def own_address(request: Request) -> str:
    """Path and query of what is asked for."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
