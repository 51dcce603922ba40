"""One strict HTTP call to the export API: a question and a token in, the bytes of a 200 or one error of the tree out.

Called by `one_call`, which holds a slot for each call. This module never retries, never follows a redirect, never uses
a proxy from the environment, and is the only one that puts the token on the wire.

Why `requests` is not used bare: a drip of one byte a quarter second beat `timeout=1` (7.3 s, answered 200), a 200 KB gzip
bomb unpacked to 200 MB, redirects were followed with the header (measured, `docs/design.md#http`). So a watchdog shuts the
socket at a total deadline, and decoded bytes are counted while they arrive.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import requests
import urllib3

from clarity_pipeline.clarity.deadline import Deadline, watched_session
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import (
    AnswerNotKept,
    BadRequest,
    ClarityError,
    QuotaSpent,
    Redirected,
    TokenRejected,
    Unavailable,
)
from clarity_pipeline.clarity.token import Token

DECODED_CAP_BYTES = 32 * 1024 * 1024
"""Twenty times the largest answer that nine metrics of 1,000 rows with 800-character URLs can make."""

REFUSAL_CAP_BYTES = 64 * 1024
"""Of a refusal's body `look` reads no more: only its shape is wanted."""

HEADERS_SHOWN = frozenset(
    (
        *("date", "content-type", "retry-after", "ratelimit", "ratelimit-policy"),
        *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"),
        *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
        *("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"),
    )
)
"""All that `look` lets through of the headers, lower case: no cookie, no correlation id, no name of a machine."""

CONNECT_SECONDS = 5.0
_CHUNK_BYTES = 64 * 1024


class Fetches(Protocol):
    """What a call needs."""

    def fetch(self, asked: Slice, *, token: Token, num_of_days: int, deadline_seconds: float) -> "Reply":
        """The answer, decoded, or an error of the tree in `clarity.errors`."""


class Transport(Fetches, Protocol):
    """One call; `HttpTransport` is the real one, tests speak to it over a socket."""

    def look(self, asked: Slice, *, token: Token, num_of_days: int, deadline_seconds: float) -> "Reply":
        """The same call, a refusal being a reply like any other."""

    def hang_up(self) -> None:
        """End every call that is being made, by whichever thread, as if its time were over."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whatever the status: the headers of `HEADERS_SHOWN`, and the body (a refusal's start of it).

    `at` is when it was sent by Clarity's clock; None where it does not say, or our clock is not to be held against it.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HttpTransport:
    """The export API at `url` (`Settings.live_insights_url`)."""

    url: str
    tells_time: bool = False
    """Whether replies say when they were sent, to be held against this machine's clock; not where a time is played, say."""
    _being_made: set[Deadline] = field(default_factory=set, init=False, repr=False, compare=False)

    def fetch(self, asked: Slice, *, token: Token, num_of_days: int, deadline_seconds: float) -> Reply:
        """Make one GET that ends within `deadline_seconds`; raise one error of the tree, never with the token in its chain."""
        reply = self.look(asked, token=token, num_of_days=num_of_days, deadline_seconds=deadline_seconds)
        if reply.status != 200:
            raise refusal_of(reply.status)
        return reply

    def look(self, asked: Slice, *, token: Token, num_of_days: int, deadline_seconds: float) -> Reply:
        """The same GET, for whoever wants to see a refusal too; raises only where there is no whole reply."""
        params: dict[str, str | int] = {"numOfDays": num_of_days, **asked.parameters}
        # A failure is returned and raised outside any `except`, so that no library error (which may quote the header) hangs
        # on it as its context: Dagster stores whole chains (`docs/design.md#error-context`).
        outcome = self._attempt(params, token=token, deadline_seconds=deadline_seconds)
        if isinstance(outcome, ClarityError):
            raise outcome
        return outcome

    def hang_up(self) -> None:
        """End every call that is being made, by whichever thread, as if its time were over."""
        for deadline in self._being_made.copy():
            deadline.end()

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[Deadline]:
        with Deadline(seconds) as deadline:
            self._being_made.add(deadline)
            try:
                yield deadline
            finally:
                self._being_made.discard(deadline)

    def _attempt(self, params: dict[str, str | int], *, token: Token, deadline_seconds: float) -> Reply | ClarityError:
        with self._deadline(deadline_seconds) as deadline, watched_session(deadline) as session:
            try:
                response = session.get(
                    self.url,
                    params=params,
                    headers={
                        "Authorization": f"Bearer {token.reveal()}",
                        "Accept": "application/json",
                        "Accept-Encoding": "gzip",
                    },
                    timeout=(min(CONNECT_SECONDS, deadline_seconds), deadline_seconds),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() in HEADERS_SHOWN}
                    if response.status_code != 200:
                        return Reply(response.status_code, headers, _start_of(response.raw))
                    body = _body(response.raw, deadline)
                    return (
                        body
                        if isinstance(body, ClarityError)
                        else Reply(200, headers, body, _time_of(headers) if self.tells_time else None)
                    )
            except requests.RequestException as error:
                return _unavailable(error, deadline)
            except urllib3.exceptions.DecodeError:
                return AnswerNotKept("the answer is packed with gzip and cannot be unpacked", http_status=200)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                return _unavailable(error, deadline)


def _time_of(headers: Mapping[str, str]) -> datetime | None:
    """When it was sent, by Clarity's clock; None where it does not say."""
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo is not None else None


def refusal_of(status: int) -> ClarityError:
    """What a status other than 200 means."""
    if status in {401, 403}:
        return TokenRejected(f"Clarity rejected the token (HTTP {status})", http_status=status)
    if status == 429:
        return QuotaSpent(
            "Clarity says that the ten calls of this UTC day are spent (HTTP 429); the business is tried again after 00:00 UTC",
            http_status=status,
        )
    if status >= 500 or status == 408:
        return Unavailable(f"Clarity is not available (HTTP {status})", sent=True, http_status=status)
    if status >= 400:
        return BadRequest(f"Clarity refused the request (HTTP {status})", http_status=status)
    if 300 <= status < 400:
        return Redirected(f"Clarity's address sends elsewhere (HTTP {status}) instead of answering", http_status=status)
    return AnswerNotKept(f"Clarity answered HTTP {status} instead of an answer", http_status=status)


def _start_of(raw: Any) -> bytes:
    """What can be had of a refusal's body; the status alone says what it means, so nothing here may change that."""
    try:
        return bytes(raw.read(REFUSAL_CAP_BYTES, decode_content=True))
    except (urllib3.exceptions.HTTPError, OSError):
        return b""


def _body(raw: Any, deadline: "Deadline") -> bytes | ClarityError:
    parts: list[bytes] = []
    size = 0
    while chunk := raw.read(_CHUNK_BYTES, decode_content=True):
        size += len(chunk)
        if size > DECODED_CAP_BYTES:
            return AnswerNotKept(f"the answer is larger than {DECODED_CAP_BYTES // 1024**2} MiB", http_status=200)
        parts.append(chunk)
    if deadline.passed:  # a body without a length ends quietly when its socket is shut
        return Unavailable("Clarity did not finish its answer within the deadline", sent=True)
    return b"".join(parts)


def _unavailable(error: Exception, deadline: "Deadline") -> ClarityError:
    if _never_left(error):
        return Unavailable("Clarity could not be reached (name not resolved, connection refused or timed out)", sent=False)
    if deadline.passed or isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return Unavailable("Clarity did not answer within the deadline", sent=True)
    return Unavailable("the connection to Clarity broke before the answer was whole", sent=True)


def _never_left(error: BaseException | None) -> bool:
    """Whether the connection was provably never made: the only case in which a slot is given back."""
    while error is not None:
        if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
            return True
        nested = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
        error = getattr(error, "reason", None) if isinstance(getattr(error, "reason", None), BaseException) else nested
    return False
