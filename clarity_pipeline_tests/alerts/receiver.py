"""A webhook's other end: a real HTTP server on a socket, with TLS if wanted, that answers as it is told and remembers."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from clarity_pipeline.alerts.channels.address import listed_address
from clarity_pipeline.alerts.channels.posting import Hook
from clarity_pipeline.alerts.channels.webhook import WebhookChannel
from clarity_pipeline_tests.alerts.certificate import Certificate


@dataclass
class Receiver:
    """`answers` are taken one a request, then `usual` for ever: a status, or one with a body, `redirect`, `slow` (silence) or
    `drip` (of
    headers). A body of more than `most_bytes` gets `too_large` instead.
    """

    url: str
    answers: list[int | str | tuple[int, str]] = field(default_factory=list)
    usual: int | tuple[int, str] = 200
    most_bytes: int | None = None
    too_large: int | tuple[int, str] = 413
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
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
        receiver.bodies.append(body)
        receiver.got.append((dict(self.headers), json.loads(body)))
        answer = receiver.answers.pop(0) if receiver.answers else receiver.usual
        if receiver.most_bytes is not None and len(body) > receiver.most_bytes:
            answer = receiver.too_large
        answer, said = answer if isinstance(answer, tuple) else (answer, "")
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
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def hook_to(url: str, *, secret: str | None = None, **how: Any) -> WebhookChannel:
    """The generic webhook, to an address that the deployment vouches for."""
    return WebhookChannel(Hook(listed_address(url), **how), secret)


@contextmanager
def receiving(certificate: Certificate | None = None) -> Iterator[Receiver]:
    """With a certificate, over TLS under its name."""
    server = _Server(("127.0.0.1", 0), _Handler)
    scheme, host = "http", "127.0.0.1"
    if certificate is not None:
        server.socket = certificate.server_context().wrap_socket(server.socket, server_side=True)
        scheme, host = "https", certificate.host
    server.receiver = Receiver(f"{scheme}://{host}:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.receiver
    finally:
        server.receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
