"""A clock that stands still until it is told otherwise, and tokens of made-up projects."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clarity_pipeline.clarity.token import Token


@dataclass
class HandClock:
    now: datetime = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def token_of(subject: str, **claims: Any) -> Token:
    """A JWT-shaped token of a project; another `jti` is another token of the same project."""
    parts = ({"alg": "RS256"}, {"iss": "clarity", "sub": subject, **claims})
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return Token.parse(f"{head}.{body}.{'s' * 43}")
