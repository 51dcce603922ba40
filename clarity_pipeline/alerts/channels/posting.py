"""One POST to a webhook: to the address that was checked, with the certificate of the name that was given, and no further.

Used by `slack`, `teams` and `webhook`. No redirect is followed, no proxy of the environment is used, and of the answer only its
status and `Retry-After` are looked at. A drip of header lines outlasts a socket's time-out; the outbox's own limit ends that.
"""

import json
import logging
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import certifi
import urllib3

from clarity_pipeline.alerts.channels.address import Address, Resolver, pin, resolve
from clarity_pipeline.alerts.channels.channel import DeliveryFailed

CONNECT_SECONDS = 5.0
GONE = 410
"""The receiver says that this address will never take a message again."""

LONGEST_RETRY_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Hook:
    """The other end of a webhook. `ca_file` holds further authorities, for hooks with a certificate of the house."""

    address: Address = field(repr=False)
    timeout_seconds: float = 8.0
    resolver: Resolver = field(default=resolve, repr=False)
    ca_file: str | None = None

    def post(self, document: Any, *, headers: Mapping[str, str]) -> None:
        """Post a JSON document once; raise `DeliveryFailed`."""
        self.post_bytes(as_json(document), headers=headers)

    def post_bytes(self, body: bytes, *, headers: Mapping[str, str]) -> None:
        """Post bytes of JSON once; raise `DeliveryFailed`."""
        failure = _attempt(self, pin(self.address, resolver=self.resolver), body, headers=headers)
        if failure is not None:  # raised outside any `except`, so that no library error with the address in it hangs on it
            raise failure


def as_json(document: Any) -> bytes:
    """The bytes that are sent, and signed."""
    return json.dumps(document).encode()


def _attempt(hook: Hook, pinned: str, body: bytes, *, headers: Mapping[str, str]) -> DeliveryFailed | None:
    address = hook.address
    timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, hook.timeout_seconds), read=hook.timeout_seconds)
    fixed = {"User-Agent": "clarity-pipeline", "Content-Type": "application/json", "Host": address.authority}
    try:
        with _unlogged(), _pool(address, pinned, ca_file=hook.ca_file) as pool:
            response = pool.urlopen(
                "POST",
                address.target,
                body=body,
                headers={**headers, **fixed},
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,  # the status is enough; the body is never read
            )
            response.close()
            return _judge(response.status, response.headers.get("Retry-After"))
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


def _judge(status: int, retry_after: str | None) -> DeliveryFailed | None:
    if 200 <= status < 300:
        return None
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    return DeliveryFailed(
        f"http_{status}",
        retry_after_seconds=None if seconds is None else min(seconds, LONGEST_RETRY_SECONDS),
        for_good=status == GONE,
    )
