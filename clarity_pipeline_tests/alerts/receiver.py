"""A webhook's other end: a real HTTP server on a socket that answers as it is told and remembers what it got."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """`answers` are taken one a request, then 200 for ever: a status, `redirect`, `slow` (silence) or `drip` (of headers)."""

    url: str
    answers: list[int | str] = field(default_factory=list)
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> Counter[str]:
        """How often each message came."""
        return Counter(document["id"] for _, document in self.got)


class _Server(ThreadingHTTPServer):
    receiver: Receiver
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers hang up and are killed here; that is no noise."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers["Content-Length"]))
        receiver.got.append((dict(self.headers), json.loads(body)))
        answer = receiver.answers.pop(0) if receiver.answers else 200
        if answer == "slow":
            receiver.closing.wait(20)
        elif answer == "drip":
            for byte in b"HTTP/1.0 200 OK\r\n" + b"X-Drip: 1\r\n" * 1000:
                self.wfile.write(bytes([byte]))
                if receiver.closing.wait(0.05):
                    return
        else:
            self.send_response(302 if answer == "redirect" else int(answer))
            self.send_header("Location", receiver.url + "/elsewhere")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.receiver
    finally:
        server.receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
