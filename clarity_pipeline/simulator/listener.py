"""The socket side of the fake Clarity: parse a request, ask `respond`, send, and leave no thread or socket behind.

`server.py` owns one `Listener` while it runs. Nothing here knows of tokens, quotas or metrics, and nothing is ever printed: an
error of our own is kept and raised by `stop`, so that a broken fake cannot pass for an outage of Clarity.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from socketserver import TCPServer
from threading import Condition, Thread
from typing import Any
from urllib.parse import parse_qsl

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.simulator.reply import Reply, send

_LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.02
_GOODBYE_SECONDS = 5.0
_LONGEST_REQUEST_BODY = 1024 * 1024


class PortTaken(ClarityPipelineError):
    """The port asked for cannot be listened on."""

    reason = "port_taken"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; of repeated parameters the last counts."""

    method: str
    path: str
    params: dict[str, str]
    authorization: str


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Listener"
    connection: socket

    def do_GET(self) -> None:
        length = self.headers.get("Content-Length", "")
        self.rfile.read(min(int(length), _LONGEST_REQUEST_BODY) if length.isdecimal() else 0)
        path, _, query = self.path.partition("?")
        authorization = self.headers.get("Authorization", "")
        reply = self.server.respond(Request(self.command, path, dict(parse_qsl(query)), authorization))
        send(self.connection, reply)
        self.close_connection = self.close_connection or reply.last

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Listener(ThreadingHTTPServer):
    """Serves `respond` on a port of 127.0.0.1 (0: any free one), each connection in a daemon thread."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_port = False  # newer Pythons would let two servers share a port, each seeing half of the calls

    def __init__(self, port: int, respond: Callable[[Request], Reply]) -> None:
        self.respond = respond
        self._open: set[Any] = set()
        self._changed = Condition()
        self._errors: list[BaseException] = []
        try:
            super().__init__((_LOOPBACK, port), _Handler)
        except OSError as error:
            raise PortTaken(
                f"port {port} cannot be listened on ({error.strerror}); choose another, or 0 for any free one"
            ) from error
        self._thread = Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name="fake-clarity", daemon=True)

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://{_LOOPBACK}:{self.server_port}"

    def start(self) -> None:
        """Begin to answer; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End every connection, also those in the middle of a fault, and raise what went wrong in the fake itself."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._changed:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, _GOODBYE_SECONDS)
        if self._errors:
            raise RuntimeError("the fake Clarity itself failed while it served") from self._errors[0]

    def server_bind(self) -> None:
        """Bind without http.server's look-up of this machine's name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = _LOOPBACK, self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `stop` can end it."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection once it is closed."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class calls it so
        """Keep our own errors for `stop`; a client that went away is none."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self._errors.append(error)
