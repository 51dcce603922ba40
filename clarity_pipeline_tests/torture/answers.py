"""Hostile answers, made by chance out of the ordinary one: a part replaced by what is no number, cut, doubled, wrongly encoded.

None of them can be read as another number than the true one, so that whatever a lane says instead of NULL is a falsehood.
"""

import json
import random
from collections.abc import Callable
from typing import Any

from clarity_pipeline.clarity.dimensions import DIMENSIONS
from clarity_pipeline.simulator import faults
from clarity_pipeline.simulator.faults import Fault

_KEYS = {dimension.row_key for dimension in DIMENSIONS.values()}

JUNK: list[Any] = [
    *("", "-", "many", "NaN", "Infinity", "-Infinity", "null", "½", "٣", "1_000", "0x10", "12abc", "\u0000", "<b>7</b>"),
    *("'; drop table clarity_daily_metrics; --", "9" * 400, "1" + "0" * 5000, "é" * 20_000),
    *(True, False, [], [1], {}, {"value": 3}, [[[[[[]]]]]], 2**63, 2**64, -(2**63) - 1, 10**300, -1, -(2**62)),
    *(float("nan"), float("inf"), float("-inf")),
]


def _parsed(change: Callable[[random.Random, list[dict[str, Any]]], None]) -> Callable[[random.Random, bytes], bytes]:
    def changed(chance: random.Random, body: bytes) -> bytes:
        metrics = json.loads(body)
        change(chance, metrics)
        return json.dumps(metrics).encode()

    return changed


def _row(chance: random.Random, metrics: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [row for metric in metrics for row in metric["information"] or ()]
    return chance.choice(rows) if rows else {}


def _cells(chance: random.Random, metrics: list[dict[str, Any]]) -> None:
    for _ in range(chance.choice((1, 1, 2, 20))):
        row = _row(chance, metrics)
        if fields := [key for key in row if key not in _KEYS]:
            row[chance.choice(fields)] = chance.choice(JUNK)


def _rows(chance: random.Random, metrics: list[dict[str, Any]]) -> None:
    metric = chance.choice([each for each in metrics if each["information"]])
    metric["information"][chance.randrange(len(metric["information"]))] = chance.choice(JUNK)


def _metrics(chance: random.Random, metrics: list[dict[str, Any]]) -> None:
    match chance.randrange(4):
        case 0:
            metrics[chance.randrange(len(metrics))] = chance.choice(JUNK)
        case 1:
            chance.choice(metrics)["information"] = chance.choice(JUNK)
        case 2:
            chance.choice(metrics)["metricName"] = chance.choice(JUNK)
        case _:
            del metrics[chance.randrange(len(metrics))]


def _giants(chance: random.Random, metrics: list[dict[str, Any]]) -> None:
    for _ in range(2):
        row = _row(chance, metrics)
        for key in row.keys() - _KEYS:
            row[key] = chance.choice((2**63 - 1, str(2**63 - 1)))


def _unknown(chance: random.Random, metrics: list[dict[str, Any]]) -> None:
    """Fields and metrics that nobody knows, of any shape, cost nothing."""
    _row(chance, metrics)["brandNew"] = chance.choice(JUNK[:-3])
    metrics.append({"metricName": "BrandNew", "information": [{"brandNew": chance.choice(JUNK[:-3])}]})


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body))]


def _noise(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body))
    return body[:at] + chance.choice((b"\x00", b"\xff", b"\xc3\x28", b"\x1b")) + body[at:]


def _twice(chance: random.Random, body: bytes) -> bytes:
    names = [b'"metricName":', b'"information":', b'"subTotal":', b'"totalSessionCount":']
    name = chance.choice([each for each in names if each in body])
    return body.replace(name, name + b"7," + name, 1)


def _encoded(chance: random.Random, body: bytes) -> bytes:
    return body.decode().encode(chance.choice(("utf-16", "utf-16-le", "utf-32"))) if chance.random() < 0.8 else b"\x1f\x8b" + body


def _nested(chance: random.Random, body: bytes) -> bytes:
    depth = chance.choice((65, 500, 20_000))
    return b"[" * depth + body + b"]" * depth


_MADE: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "cells": _parsed(_cells),
    "rows": _parsed(_rows),
    "metrics": _parsed(_metrics),
    "giants": _parsed(_giants),
    "unknown": _parsed(_unknown),
    "cut": _cut,
    "noise": _noise,
    "twice": _twice,
    "encoded": _encoded,
    "nested": _nested,
}
_ON_THE_WIRE = {
    name: fault
    for name, fault in faults.FAULTS.items()
    if name not in {"forbidden", "quota_spent", "no_answer", "drip_body", "drip_headers"}  # a day's end, or a quarter of a minute
} | {"redirected": faults.redirect("https://elsewhere.invalid/"), "an empty list": faults.literal(200, body=b"{}")}
_SLOW = {name: faults.FAULTS[name] for name in ("no_answer", "drip_body", "drip_headers")}


KINDS = (*sorted(_MADE), *sorted(_ON_THE_WIRE), *sorted(_SLOW))


def hostile(chance: random.Random, kind: str | None = None) -> tuple[str, Fault]:
    """One of them, or one of a kind, and its name."""
    name = kind or _drawn(chance)
    if name in _ON_THE_WIRE or name in _SLOW:
        return name, {**_ON_THE_WIRE, **_SLOW}[name]
    make, seed = _MADE[name], chance.getrandbits(64)
    return name, Fault(change=lambda body: make(random.Random(seed), body))


def _drawn(chance: random.Random) -> str:
    drawn = chance.random()
    return chance.choice(sorted(_SLOW if drawn < 0.01 else _ON_THE_WIRE if drawn < 0.25 else _MADE))
