"""Mail servers for tests: real SMTP on a socket, with STARTTLS or TLS, that really demand a password or a token."""

import asyncio
import base64
import email
import email.policy
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from socket import create_server
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from clarity_pipeline.alerts.channels.email import Security
from clarity_pipeline_tests.alerts.certificate import Certificate

PASSWORD = ("acme", "s3cret-pass")
BASIC_AUTH_DISABLED = (
    "535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [AM0PR01CA0001.eurprd01.prod.exchangelabs.com]"
)
CLIENT_AUTH_DISABLED = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    " Visit https://aka.ms/smtp_auth_disabled for more information."
)
NOT_SUPPORTED = "550 5.7.30 Basic authentication is not supported for Client Submission."


class Mailbox:
    """What the server took; `refuses` is what it answers to a letter instead, `refuses_login` to every login.

    With `tokens` a login is a mailbox and a bearer token that is among them at that moment.
    """

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.refuses: str | None = None
        self.refuses_login: str | None = None
        self.refuses_recipients: dict[str, str] = {}
        self.most_bytes: int | None = None
        self.logins: list[str] = []
        self.tokens: Collection[str] | None = None
        self.mailbox = "alerts@agency.example"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.refuses_recipients:
            return self.refuses_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuses:
            return self.refuses
        if self.most_bytes is not None and len(envelope.content) > self.most_bytes:
            return "552 5.3.4 Message size exceeds fixed maximum message size"
        assert server.transport is not None
        assert server.transport.get_extra_info("ssl_object") is not None, "a letter came in the clear"
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.letters.append(parsed)
        self.raw.append(envelope.content)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return "250 OK"

    def by_password(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append(mechanism)
        if self.refuses_login is not None:
            return AuthResult(success=False, handled=False, message=self.refuses_login)
        return AuthResult(success=(data.login.decode(), data.password.decode()) == PASSWORD, handled=False)

    async def by_token(self, server: SMTP, args: list[str]) -> AuthResult:
        """As Google and Microsoft: who is refused gets JSON, answers it with an empty line, and then gets 535."""
        self.logins.append("XOAUTH2")
        said = base64.b64decode(args[1]).decode()
        assert said.startswith("user=")
        assert said.endswith("\x01\x01")
        user, _, bearer = said.removeprefix("user=").removesuffix("\x01\x01").partition("\x01")
        assert self.tokens is not None
        if user == self.mailbox and bearer.removeprefix("auth=Bearer ") in self.tokens and bearer.startswith("auth=Bearer "):
            return AuthResult(success=True, auth_data=user)
        answered = await server.challenge_auth(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}')
        assert answered == b""
        return AuthResult(success=False, handled=False, message="535 5.7.3 Authentication unsuccessful")


class TokenMailbox(Mailbox):
    """A mailbox that takes tokens and nothing else."""

    def __init__(self, tokens: Collection[str]) -> None:
        super().__init__()
        self.tokens = tokens

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's name
        return await self.by_token(server, args)


class HalfMailbox(TokenMailbox):
    """A mailbox of Microsoft 365 in January: it still offers passwords, and takes none."""

    def __init__(self, tokens: Collection[str]) -> None:
        super().__init__(tokens)
        self.refuses_login = BASIC_AUTH_DISABLED


def free_port() -> int:
    """The server connects to itself once it listens, so it wants to know its port beforehand."""
    with create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def serving(security: Security | None, certificate: Certificate, mailbox: Mailbox | None = None) -> Iterator[tuple[Mailbox, int]]:
    """A server with STARTTLS, TLS from the start, or, with None, neither."""
    mailbox, context = mailbox or Mailbox(), certificate.server_context()
    options: dict[str, Any] = {"authenticator": mailbox.by_password, "auth_require_tls": security == "starttls"}
    if mailbox.tokens is not None and not isinstance(mailbox, HalfMailbox):
        options["auth_exclude_mechanism"] = ["LOGIN", "PLAIN"]
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if security is not None:
        options["auth_required"] = True
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        ssl_context=context if security == "tls" else None,
        server_hostname="localhost",
        **options,
    )
    controller.start()
    try:
        yield mailbox, controller.port
    finally:
        winding_down = asyncio.sleep(0.1)  # a client that has gone a moment ago leaves a connection that is still being closed
        asyncio.run_coroutine_threadsafe(winding_down, controller.loop).result(10)
        controller.stop()
