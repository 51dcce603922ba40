"""One POST over HTTP: to the address that was checked, with the certificate of the name that was given, and no further.

Used by `hooks`, `graph`, `postmark` and others, and by `oauth` for its tokens. No redirect is followed and no proxy of the
environment is used. Of the answer its status, `Retry-After` and the first bytes of its body are looked at, since some receivers
say "200" and mean "refused". A drip outlasts a socket's time-out; the outbox's own limit ends that.
"""

import json
import logging
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import certifi
import urllib3

from clarity_pipeline.alerts.channels.address import Address, Resolver, pin, resolve
from clarity_pipeline.alerts.channels.channel import DeliveryFailed

CONNECT_SECONDS = 5.0
TOO_LARGE = 413
TRY_AGAIN = frozenset({408, 425, 429})

LONGEST_RETRY_SECONDS = 24 * 3600.0
MOST_READ_BYTES = 32_768
"""A token of Microsoft's has 2 to 5 kB; what a receiver says of a failure is shorter."""

JSON = "application/json"
UTF_8_JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other end said; the body may hold a token."""

    status: int
    body: str = field(repr=False)
    retry_after_seconds: float | None = None


Judge = Callable[[Answer], DeliveryFailed | None]
"""What an answer means: None where the message was taken."""


def by_status(answer: Answer) -> DeliveryFailed | None:
    """2xx is taken, 408, 425, 429 and 5xx may pass; the rest stays as it is until somebody changes something."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status in TRY_AGAIN or status >= 500:
        return DeliveryFailed(f"http_{status}", retry_after_seconds=answer.retry_after_seconds)
    return DeliveryFailed(f"http_{status}", refuses="size" if status == TOO_LARGE else "channel")


@dataclass(frozen=True, slots=True)
class Hook:
    """The other end. `ca_file` holds further authorities, for one with a certificate of the house."""

    address: Address = field(repr=False)
    timeout_seconds: float = 8.0
    resolver: Resolver = field(default=resolve, repr=False)
    ca_file: str | None = None

    def post(self, body: bytes, *, headers: Mapping[str, str], content_type: str = JSON, judge: Judge = by_status) -> None:
        """Post once; raise `DeliveryFailed`."""
        failure = judge(self.exchange(body, headers=headers, content_type=content_type))
        if failure is not None:
            raise failure

    def exchange(self, body: bytes, *, headers: Mapping[str, str], content_type: str) -> Answer:
        """Post once and give the answer, whatever it says; raise `DeliveryFailed` where there is none."""
        found = _attempt(self, pin(self.address, resolver=self.resolver), body, headers={**headers, "Content-Type": content_type})
        if isinstance(
            found, DeliveryFailed
        ):  # raised outside any `except`, so that no library error with the address hangs on it
            raise found
        return found


def as_json(document: Any) -> bytes:
    """The bytes that are sent, and signed: UTF-8, where ü takes two bytes and not the six of an escape."""
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a character, in a name that a stranger cut
        return json.dumps(document, separators=(",", ":")).encode()


def _attempt(hook: Hook, pinned: str, body: bytes, *, headers: Mapping[str, str]) -> Answer | DeliveryFailed:
    address = hook.address
    timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, hook.timeout_seconds), read=hook.timeout_seconds)
    try:
        with _unlogged(), _pool(address, pinned, ca_file=hook.ca_file) as pool:
            response = pool.urlopen(
                "POST",
                address.target,
                body=body,
                headers={**headers, "User-Agent": "clarity-pipeline", "Host": address.authority},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,  # the body is read up to a limit
            )
            try:
                text = response.read(MOST_READ_BYTES).decode("utf-8", "replace")
            finally:
                response.close()
            return Answer(response.status, text, _seconds(response.headers.get("Retry-After")))
    except urllib3.exceptions.NewConnectionError:  # refused at once, and yet a time-out to urllib3
        return DeliveryFailed("connection")
    except urllib3.exceptions.TimeoutError:
        return DeliveryFailed("timeout")
    except (urllib3.exceptions.SSLError, ssl.SSLError, ssl.CertificateError):
        return DeliveryFailed("tls")
    except (urllib3.exceptions.HTTPError, OSError):
        return DeliveryFailed("connection")


@contextmanager
def _unlogged() -> Iterator[None]:
    """urllib3 logs each path at level DEBUG, and at most receivers the path is the secret: not what this thread posts."""
    here = threading.get_ident()

    def of_others(record: logging.LogRecord) -> bool:
        return record.thread != here

    logger = logging.getLogger("urllib3.connectionpool")
    logger.addFilter(of_others)
    try:
        yield
    finally:
        logger.removeFilter(of_others)


def _pool(address: Address, pinned: str, *, ca_file: str | None) -> urllib3.HTTPConnectionPool:
    if address.scheme == "http":
        return urllib3.HTTPConnectionPool(pinned, address.port, maxsize=1)
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return urllib3.HTTPSConnectionPool(
        pinned, address.port, maxsize=1, ssl_context=context, server_hostname=address.host, assert_hostname=address.host
    )


def _seconds(retry_after: str | None) -> float | None:
    asked = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    return None if asked is None else min(asked, LONGEST_RETRY_SECONDS)
