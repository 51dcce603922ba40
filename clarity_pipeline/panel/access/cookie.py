"""The cookies: the secret of a sign-in, and the sign of a browser that is known; this host alone gets them, and no script.

`__Host-` makes browsers refuse one that is not Secure or that a neighbouring host has set. It works on plain http at
127.0.0.1 and localhost too, which browsers take for trustworthy (Chromium 156 measured); elsewhere the panel needs https.
"""

import base64
from datetime import timedelta

from fastapi import Request, Response

from clarity_pipeline.panel.access.known_browsers import REMEMBERED
from clarity_pipeline.panel.access.sign_ins import LONGEST

NAME = "__Host-clarity"
BROWSER = "__Host-clarity-browser"
FLIGHT = "__Host-clarity-openid"
_FLIGHT = timedelta(minutes=10)
_LONGEST_VALUE = 200


def read_cookie(request: Request, name: str = NAME) -> str | None:
    """What the browser holds under that name, if anything: by default the secret of its sign-in."""
    value = request.cookies.get(name)
    return value if value and len(value) <= _LONGEST_VALUE else None


def set_cookie(response: Response, secret: str) -> None:
    """Give the browser the secret of its sign-in."""
    _set(response, NAME, secret, kept=LONGEST)


def set_browser(response: Response, value: str) -> None:
    """Have the browser be known from now on; it stays so after a sign-out."""
    _set(response, BROWSER, value, kept=REMEMBERED)


def set_flight(response: Response, secret: str, *, next: str) -> None:
    """What a way to a provider and back hangs on, for ten minutes, and the page that it is for where that is short."""
    page = base64.urlsafe_b64encode(next.encode()).decode()
    _set(response, FLIGHT, f"{secret}.{page}" if len(secret) + len(page) < _LONGEST_VALUE else secret, kept=_FLIGHT)


def read_flight(request: Request) -> tuple[str | None, str]:
    """The secret, if there is one, and the page; nothing of it is believed."""
    secret, _, page = (read_cookie(request, FLIGHT) or "").partition(".")
    try:
        return secret or None, base64.urlsafe_b64decode(page).decode() or "/"
    except ValueError:
        return secret or None, "/"


def drop_flight(response: Response) -> None:
    """It was one way there and one back."""
    response.delete_cookie(FLIGHT, path="/", secure=True, httponly=True, samesite="lax")


def drop_cookie(response: Response) -> None:
    """Have the browser forget its sign-in."""
    response.delete_cookie(NAME, path="/", secure=True, httponly=True, samesite="lax")


def _set(response: Response, name: str, value: str, *, kept: timedelta) -> None:
    response.set_cookie(name, value, max_age=int(kept.total_seconds()), path="/", secure=True, httponly=True, samesite="lax")
