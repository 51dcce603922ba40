"""How a reply leaves the socket: whole, or in one of the ways that hurt a client.

`listener.py` calls `send` for each request. Each way ends by itself, when the client hangs up, or at once when the server
closes; none may raise for a client that is gone, and none touches anything but its own connection.
"""

import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http.client import responses

from clarity_pipeline.simulator.faults import Way

DRIP_SECONDS = 0.25
LONGEST_SECONDS = 300.0
"""After this long the server itself gives up on a client that never does."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent for one request; `last` says that the connection ends with it."""

    at: datetime
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    way: Way = "whole"
    last: bool = False

    @property
    def head(self) -> bytes:
        """Status line and headers; the length is the whole body's unless the headers say another."""
        lines = {"Date": format_datetime(self.at, usegmt=True), "Content-Length": str(len(self.body)), **dict(self.headers)}
        if self.last:
            lines["Connection"] = "close"
        phrase = responses.get(self.status, "")
        return "".join(
            (f"HTTP/1.1 {self.status} {phrase}\r\n", *(f"{name}: {value}\r\n" for name, value in lines.items()), "\r\n")
        ).encode("latin-1")


def send(connection: socket.socket, reply: Reply) -> None:
    """Send the reply in its own way; return when it is out or the other side is gone."""
    with suppress(OSError):  # the client gave up, which is what most ways are for
        _WAYS[reply.way](connection, reply)


def _whole(connection: socket.socket, reply: Reply) -> None:
    connection.sendall(reply.head + reply.body)


def _silent(connection: socket.socket, _reply: Reply) -> None:
    _hangs_up(connection, LONGEST_SECONDS)


def _drip_body(connection: socket.socket, reply: Reply) -> None:
    connection.sendall(reply.head)
    _drip(connection, reply.body)


def _drip_headers(connection: socket.socket, reply: Reply) -> None:
    _drip(connection, reply.head + reply.body)


def _drip(connection: socket.socket, content: bytes) -> None:
    for byte in content[: round(LONGEST_SECONDS / DRIP_SECONDS)]:
        connection.sendall(bytes((byte,)))
        if _hangs_up(connection, DRIP_SECONDS):
            return


def _hangs_up(connection: socket.socket, seconds: float) -> bool:
    """Wait for the client to go, or for the listener to shut the connection down; either reads as an end of file."""
    connection.settimeout(seconds)
    try:
        return not connection.recv(4096)
    except TimeoutError:
        return False
    finally:
        connection.settimeout(None)


def _cut(connection: socket.socket, reply: Reply) -> None:
    connection.sendall(reply.head + reply.body[: len(reply.body) // 2])


def _reset(connection: socket.socket, _reply: Reply) -> None:
    """Close with a RST: lingering for zero seconds, and past the file objects that would hold the socket open."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


_WAYS: dict[Way, Callable[[socket.socket, Reply], None]] = {
    "whole": _whole,
    "silent": _silent,
    "drip_body": _drip_body,
    "drip_headers": _drip_headers,
    "cut": _cut,
    "reset": _reset,
}
