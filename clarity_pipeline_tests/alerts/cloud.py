"""A cloud for tests, over HTTPS on a socket: a token server as Microsoft and Google have it, Graph, Postmark and SendGrid.

Tokens are issued to those who know a secret, end after a while or when they are revoked, and letters need one that is good at
that moment.
"""

import base64
import email
import email.policy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from clarity_pipeline_tests.alerts.certificate import Certificate

TENANT, CLIENT, SECRET, REFRESH = "agency.example", "app-1", "cl13nt-s3cret-c4nary", "r3fresh-t0ken-c4nary"
KEY = "ap1-k3y-c4nary"
SCOPES = ("https://outlook.office365.com/.default", "https://graph.microsoft.com/.default")

EXPIRED = (401, {"error": "invalid_client", "error_description": "AADSTS7000222: The provided client secret keys are expired."})
WRONG = (401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."})
NO_APP = (400, {"error": "unauthorized_client", "error_description": "AADSTS700016: Application was not found in the directory."})
NO_GRANT = (400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
NO_TENANT = (400, {"error": "invalid_request", "error_description": "AADSTS90002: Tenant not found."})


@dataclass
class Cloud:
    """`tokens` are good now; `answers` are given in turn by everything but the token server, and `token_answers` by that."""

    url: str
    tokens: set[str] = field(default_factory=set)
    issued: list[dict[str, str]] = field(default_factory=list)
    lifetime_seconds: int = 3600
    secret: str = SECRET
    answers: list[int | tuple[int, Any]] = field(default_factory=list)
    token_answers: list[tuple[int, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    most_bytes: int | None = None
    letters: list[EmailMessage] = field(default_factory=list)
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def token_url(self) -> str:
        """Where tokens are."""
        return f"{self.url}/{TENANT}/oauth2/v2.0/token"

    def issue(self, form: dict[str, str]) -> tuple[int, Any]:
        if self.token_answers:
            return self.token_answers.pop(0)
        if form.get("client_id") != CLIENT:
            return NO_APP
        if form.get("client_secret") != self.secret:
            return WRONG
        if form["grant_type"] == "client_credentials":
            if not form.get("scope", "").endswith("/.default"):
                return 400, {"error": "invalid_scope"}
        elif form.get("refresh_token") != REFRESH:
            return NO_GRANT
        self.issued.append(form)
        token = f"t0ken-c4nary-{len(self.issued)}"
        self.tokens.add(token)
        return 200, {"token_type": "Bearer", "expires_in": self.lifetime_seconds, "access_token": token}


class _Server(ThreadingHTTPServer):
    cloud: Cloud
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers that do not trust us hang up; that is no noise."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        cloud = self.server.cloud
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/token"):
            status, said = cloud.issue({name: values[0] for name, values in parse_qs(body.decode()).items()})
        else:
            cloud.posts.append((self.path, dict(self.headers), body))
            status, said = self._take(cloud, body)
        self.send_response(status)
        for name, value in cloud.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if said is None else json.dumps(said).encode())

    def _take(self, cloud: Cloud, body: bytes) -> tuple[int, Any]:
        if cloud.answers:
            answer = cloud.answers.pop(0)
            return answer if isinstance(answer, tuple) else (answer, None)
        if cloud.most_bytes is not None and len(body) > cloud.most_bytes:
            return 413, {"error": {"code": "ErrorMessageSizeExceeded"}}
        if self.path == "/email":
            if self.headers.get("X-Postmark-Server-Token") != KEY:
                return 401, {"ErrorCode": 10, "Message": "No Account or Server API tokens were supplied"}
            return 200, {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a"}
        if self.path == "/v3/mail/send":
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                return 401, {"errors": [{"message": "The provided authorization grant is invalid, expired, or revoked"}]}
            return 202, None
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in cloud.tokens:
            return 401, {"error": {"code": "InvalidAuthenticationToken"}}
        if self.path != "/v1.0/users/alerts%40agency.example/sendMail" or self.headers["Content-Type"] != "text/plain":
            return 404, {"error": {"code": "ErrorInvalidUser"}}
        parsed = email.message_from_bytes(base64.b64decode(body, validate=True), policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        cloud.letters.append(parsed)
        return 202, None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def cloud_over(certificate: Certificate) -> Iterator[Cloud]:
    """With TLS, under the name of the certificate."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = certificate.server_context().wrap_socket(server.socket, server_side=True)
    server.cloud = Cloud(f"https://{certificate.host}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.cloud
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
