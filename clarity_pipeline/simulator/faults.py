"""The ways in which an answer can go wrong, as data: tests queue them with `FakeClarity.script`.

A `Fault` says what becomes of the ordinary body and how it leaves the socket; `reply.py` carries that out. Shapes are made
from the real answer to the question that was asked, so that only the fault itself is wrong. `FAULTS` names them all, for
tests that go through every one.
"""

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from clarity_pipeline.clarity.dimensions import DIMENSIONS

Way = Literal["whole", "silent", "drip_body", "drip_headers", "cut", "reset"]
"""How bytes leave: at once; never; a byte a quarter second (body, or headers too); half of what the header promises; a reset."""

JSON_TYPE = ("Content-Type", "application/json; charset=utf-8")
_HUGE_BYTES = 33 * 1024 * 1024


def _as_is(body: bytes) -> bytes:
    return body


def _empty(_body: bytes) -> bytes:
    return b""


@dataclass(frozen=True, slots=True)
class Fault:
    """One spoilt answer: `change` makes the body that is sent out of the ordinary one."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (JSON_TYPE,)
    change: Callable[[bytes], bytes] = _as_is
    way: Way = "whole"


def literal(status: int, *, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Fault:
    """Exactly this answer."""
    return Fault(status, headers, lambda _body: body)


def edited(change: Callable[[list[dict[str, Any]]], Any]) -> Fault:
    """The ordinary answer after `change`, which edits the array of metrics in place."""

    def edit(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
        change(metrics)
        return metrics

    return Fault(change=_reshape(edit))


def redirect(location: str) -> Fault:
    """A 302 to another address, where a careless client would take its token."""
    return literal(302, headers=(("Location", location),))


def _reshape(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[bytes], bytes]:
    return lambda body: json.dumps(change(json.loads(body)), separators=(",", ":")).encode()


def _first_row(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """Change the first row of the first metric that has any; an answer without rows gets one that is just as wrong."""

    def spoil(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = next((metric["information"] for metric in metrics if metric["information"]), metrics[0]["information"])
        if not rows:
            rows.append({"sessionsCount": 1, "sessionsWithMetricPercentage": 0, "subTotal": 0})
        change(rows[0])
        return metrics

    return _reshape(spoil)


def _without_dimensions(metrics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = {dimension.row_key for dimension in DIMENSIONS.values()}
    for metric in metrics:
        metric["information"] = [{key: value for key, value in row.items() if key not in keys} for row in metric["information"]]
    return metrics


def _twice(body: bytes) -> bytes:
    return body.replace(b'"metricName":', b'"metricName":"Traffic","metricName":', 1)


def _huge(body: bytes) -> bytes:
    """The ordinary answer behind blanks: only its size is wrong."""
    return b" " * _HUGE_BYTES + body


def _bomb(body: bytes) -> bytes:
    """33 MiB in some 30 KB."""
    packer = zlib.compressobj(level=6, wbits=31)
    blanks = b" " * (1024 * 1024)
    packed = [packer.compress(blanks) for _ in range(_HUGE_BYTES // len(blanks))]
    return b"".join((*packed, packer.compress(body), packer.flush()))


_GZIP_HEADERS = (JSON_TYPE, ("Content-Encoding", "gzip"))

SERVER_ERROR = literal(500)
"""What outages look like: no body, no correlation id (`docs/clarity-api.md#errors`)."""
SERVICE_UNAVAILABLE = literal(503)
QUOTA_SPENT = literal(429)
FORBIDDEN = literal(403)
NO_ANSWER = Fault(way="silent")
DRIP_BODY = Fault(way="drip_body")
DRIP_HEADERS = Fault(way="drip_headers")
CUT_BODY = Fault(way="cut")
RESET = Fault(way="reset")
HTML = literal(200, headers=(("Content-Type", "text/html"),), body=b"<!doctype html><title>Sign in</title><p>Please sign in.")
NOT_JSON = literal(200, headers=(JSON_TYPE,), body=b"[{metricName: Traffic}]")
EMPTY_BODY = Fault(change=_empty)
HUGE_BODY = Fault(change=_huge)
GZIP_BOMB = Fault(headers=_GZIP_HEADERS, change=_bomb)
GZIPPED = Fault(headers=_GZIP_HEADERS, change=lambda body: gzip.compress(body, mtime=0))
"""No fault at all: the ordinary answer, packed."""
OBJECT_ENVELOPE = Fault(change=_reshape(lambda metrics: {"data": metrics}))
MISSING_DIMENSION = Fault(change=_reshape(_without_dimensions))
NEGATIVE_COUNT = Fault(change=_first_row(lambda row: row.update(sessionsCount=-1)))
WORD_FOR_COUNT = Fault(change=_first_row(lambda row: row.update(sessionsCount="many")))
BEYOND_64_BITS = Fault(change=_first_row(lambda row: row.update(sessionsCount=2**64)))
NAN = Fault(change=_first_row(lambda row: row.update(sessionsWithMetricPercentage=float("nan"))))
INFINITY = Fault(change=_first_row(lambda row: row.update(sessionsWithMetricPercentage=float("inf"))))
DUPLICATE_KEYS = Fault(change=_twice)
INVALID_UTF8 = Fault(change=lambda body: body.replace(b'"metricName":"', b'"metricName":"\xc3\x28', 1))
TRAILING_BYTES = Fault(change=lambda body: body + b"[]")
DEEP_NESTING = Fault(change=lambda body: b"[" * 5_000 + body + b"]" * 5_000)

FAULTS: dict[str, Fault] = {
    "server_error": SERVER_ERROR,
    "service_unavailable": SERVICE_UNAVAILABLE,
    "quota_spent": QUOTA_SPENT,
    "forbidden": FORBIDDEN,
    "no_answer": NO_ANSWER,
    "drip_body": DRIP_BODY,
    "drip_headers": DRIP_HEADERS,
    "cut_body": CUT_BODY,
    "reset": RESET,
    "html": HTML,
    "not_json": NOT_JSON,
    "empty_body": EMPTY_BODY,
    "huge_body": HUGE_BODY,
    "gzip_bomb": GZIP_BOMB,
    "gzipped": GZIPPED,
    "object_envelope": OBJECT_ENVELOPE,
    "missing_dimension": MISSING_DIMENSION,
    "negative_count": NEGATIVE_COUNT,
    "word_for_count": WORD_FOR_COUNT,
    "beyond_64_bits": BEYOND_64_BITS,
    "nan": NAN,
    "infinity": INFINITY,
    "duplicate_keys": DUPLICATE_KEYS,
    "invalid_utf8": INVALID_UTF8,
    "trailing_bytes": TRAILING_BYTES,
    "deep_nesting": DEEP_NESTING,
}
"""The ready-made ones by name."""
