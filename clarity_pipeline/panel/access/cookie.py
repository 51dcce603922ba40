"""The one cookie: the secret of a sign-in, which only this host gets back and no script can read.

`__Host-` makes browsers refuse one that is not Secure or that a neighbouring host has set. It works on plain http at
127.0.0.1 and localhost too, which browsers take for trustworthy (Chromium 156 measured); elsewhere the panel needs https.
"""

from fastapi import Request, Response

from clarity_pipeline.panel.access.sign_ins import LONGEST

NAME = "__Host-clarity"
_LONGEST_SECRET = 128


def read_cookie(request: Request) -> str | None:
    """The secret that the browser holds, if any."""
    secret = request.cookies.get(NAME)
    return secret if secret and len(secret) <= _LONGEST_SECRET else None


def set_cookie(response: Response, secret: str) -> None:
    """Give the browser the secret of its sign-in."""
    response.set_cookie(NAME, secret, max_age=int(LONGEST.total_seconds()), path="/", secure=True, httponly=True, samesite="lax")


def drop_cookie(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(NAME, path="/", secure=True, httponly=True, samesite="lax")
