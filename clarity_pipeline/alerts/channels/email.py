"""E-mail over SMTP, by STARTTLS or TLS and never in the clear; logged in by password, or by a token (XOAUTH2).

Microsoft 365 switches passwords for SMTP off by default at the end of December 2026 (an administrator may switch them on again
until the end that is to be named in 2027), and then answers `535 5.7.139` at the login or `550 5.7.30` at the letter. That is no
password that is wrong, so it has a sentence of its own. A try makes one attempt to log in, since servers lock an account after
some.

XOAUTH2 is `user=<mailbox>^Aauth=Bearer <token>^A^A` in base64; refused, the server sends JSON that the client answers with an
empty line, and then 535.
"""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from functools import partial
from typing import Any, ClassVar, Literal, Self, cast

import certifi

from clarity_pipeline.alerts.channels.address import Address, is_inside, is_public, pin
from clarity_pipeline.alerts.channels.channel import Channel, DeliveryFailed, Document
from clarity_pipeline.alerts.channels.config import InvalidChannel, option, secret
from clarity_pipeline.alerts.channels.fitting import shorter_and_shorter
from clarity_pipeline.alerts.channels.letter import SIZES, Envelope, letter, texts
from clarity_pipeline.alerts.channels.notice import notice
from clarity_pipeline.alerts.channels.oauth import MEANINGS, AppConfig, Tokens
from clarity_pipeline.alerts.channels.smtp_refusal import failure_of
from clarity_pipeline.settings.variables import hook_place

Security = Literal["starttls", "tls"]
PORTS: dict[str, int] = {"starttls": 587, "tls": 465}

Auth = Literal["password", "microsoft", "google"]
MICROSOFT_SCOPE = "https://outlook.office365.com/.default"

_SECRETS: Mapping[Auth, tuple[str, ...]] = {
    "password": ("password",),
    "microsoft": ("client_secret",),
    "google": ("client_secret", "refresh_token"),
}
_MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")
_NEW_WAYS = (
    "`channels update` with --auth microsoft, --tenant and --client-id (a token in place of the password), or"
    " `channels add graph`"
)


@dataclass(frozen=True, kw_only=True)
class EmailConfig(AppConfig):
    """An SMTP server, and how to log in."""

    kind: ClassVar[str] = "email"
    about: ClassVar[str] = "letters over SMTP, logged in by password or by OAuth 2 (Microsoft 365, Google)"
    meanings: ClassVar[Mapping[str, str]] = {
        **MEANINGS,
        "smtp_basic_auth_off": f"Microsoft 365 has switched passwords for SMTP off: {_NEW_WAYS}",
        "smtp_auth_off": "SMTP is switched off for this mailbox or tenant: let an administrator allow authenticated SMTP for the"
        " mailbox, or use `channels add graph`",
        "smtp_login": "the server refuses the user or password: `channels update` with --smtp-user and --secret-file",
        "smtp_token": "the server refuses the token: --smtp-user must be the mailbox; for Microsoft the app needs SMTP.SendAsApp"
        " with consent, and its service principal access to the mailbox (New-ServicePrincipal, Add-MailboxPermission)",
        "smtp_no_login": "the server offers no way to log in that we know: see --auth, or leave --smtp-user out",
        "smtp_login_missing": "the server takes letters from known users alone: `channels update` with --smtp-user",
        "smtp_no_starttls": "the server offers no STARTTLS, and nothing is sent in the clear: try --smtp-security tls",
        "smtp_sender": "the server takes no letter from this sender: see --from, which must be the mailbox or one it may send as",
        "smtp_refused": "the server takes no letter for these recipients from this sender: see --to and --from",
        "smtp_refused_some": "the server refused some of the recipients, and the others have the letter: see --to",
        "smtp_size": "the server finds even the shortest letter too large",
    }

    host: str = option("--smtp-host", "HOST", "The mail server, such as smtp.office365.com.")
    port: int | None = option("--smtp-port", "PORT", "587 with STARTTLS, 465 with TLS by default.", default=None, is_port=True)
    security: Security = option(
        "--smtp-security", "HOW", "starttls by default; never in the clear.", default="starttls", choices=("starttls", "tls")
    )
    username: str | None = option("--smtp-user", "NAME", "Who logs in: the mailbox; nobody by default.", default=None)
    auth: Auth = option(
        "--auth", "HOW", "How: password (default), or OAuth 2 of microsoft or google.", default="password",
        choices=("password", "microsoft", "google"),
    )  # fmt: skip
    is_from_afar: bool = False
    """Its server was named in a browser: it is talked to only where it is public, or listed in CLARITY_WEBHOOK_ALLOW."""

    password: str | None = secret("SMTP password")
    refresh_token: str | None = secret("refresh token")

    @classmethod
    def from_stored(cls, found: Mapping[str, Any]) -> Self:
        """Earlier versions kept the usual port too, which follows the security now."""
        usual = found.get("port") == PORTS[found.get("security", "starttls")]
        return super().from_stored({**found, "port": None if usual else found.get("port")})

    @property
    def hint(self) -> str:
        """The server, and how many get it."""
        return self.hint_beside(self.host + ("" if self.auth == "password" else f", OAuth 2 of {self.auth}"))

    def wanted_secrets(self) -> tuple[str, ...]:
        """What the way to log in takes."""
        return _SECRETS[self.auth] if self.username is not None else ()

    def checked(self, *, allowed: frozenset[str]) -> Self:
        """It can log in as it says."""
        if not self.host or not self.host.isascii() or not set(self.host) <= _HOST_LETTERS or len(self.host) > _LONGEST_HOST:
            raise InvalidChannel("--smtp-host must be the name of a mail server such as smtp.agency.example")
        if self.username is None and self.auth != "password":
            raise InvalidChannel("a token is for one mailbox: give --smtp-user MAILBOX")
        if self.auth != "password":
            self.check_app(allowed=allowed, is_google=self.auth == "google")
        if not f"{self.username}{self.password}".isascii():
            raise InvalidChannel("SMTP takes a user and password of ASCII characters alone: choose another one there")
        if not self.is_vouched_for(allowed) and (self.host == "localhost" or is_inside(self.host)):
            raise InvalidChannel(
                "--smtp-host is inside a network: whoever runs this installation must list it in CLARITY_WEBHOOK_ALLOW, as"
                " host:port"
            )
        sender = self.sender or (self.username if "@" in (self.username or "") else None)
        unused: dict[str, Any] = dict.fromkeys(set(_ALL_SECRETS) - set(self.wanted_secrets()))
        return super(EmailConfig, replace(self, sender=sender, **unused)).checked(allowed=allowed)

    def is_vouched_for(self, allowed: frozenset[str]) -> bool:
        """Whether its server may be inside a network: one that is set at the command line, or listed as webhooks are."""
        port = self.port or PORTS[self.security]
        return not self.is_from_afar or hook_place(self.host, port) in allowed or hook_place(self.host) in allowed

    def open(self, *, allowed: frozenset[str]) -> Channel:
        """By its server; tokens are kept as long as the channel is open."""
        return EmailChannel(
            host=self.host,
            port=self.port or PORTS[self.security],
            security=self.security,
            envelope=Envelope(str(self.sender), self.recipients),
            username=self.username,
            password=self.password,
            tokens=self._tokens(allowed),
            ca_file=self.ca_file,
            must_be_public=not self.is_vouched_for(allowed),
        )

    def _tokens(self, allowed: frozenset[str]) -> Tokens | None:
        if self.auth == "google":
            return self.tokens(scope=None, refresh_token=str(self.refresh_token), allowed=allowed)
        return self.tokens(scope=self.scope or MICROSOFT_SCOPE, allowed=allowed) if self.auth == "microsoft" else None


_ALL_SECRETS = ("password", "client_secret", "refresh_token")
_HOST_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-")
_LONGEST_HOST = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChannel:
    """Letters by one SMTP server. `ca_file` holds further authorities, for a server with a certificate of the house."""

    name: ClassVar[str] = "email"

    host: str
    port: int
    security: Security
    envelope: Envelope = field(repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tokens: Tokens | None = field(default=None, repr=False)
    timeout_seconds: float = 10.0
    ca_file: str | None = None
    must_be_public: bool = False

    def send(self, document: Document) -> None:
        """Hand one letter to the server, and a shorter one where it is too large."""
        said = notice(document)
        forms = [partial(texts, said, size) for size in SIZES]
        shorter_and_shorter(forms, lambda body: self._hand_over(letter(said, self.envelope, body)))

    def _hand_over(self, message: EmailMessage) -> None:
        token, is_new = self.tokens.token() if self.tokens is not None else (None, False)
        failure = self._attempt(message, token)
        if failure is not None and failure.code == "smtp_token" and self.tokens is not None:
            failure = self.tokens.refused("smtp_token", is_new=is_new)
        if failure is not None:  # raised outside any `except`, so that nothing that a server said hangs on it
            raise failure

    def _attempt(self, message: EmailMessage, token: str | None) -> DeliveryFailed | None:
        try:
            with self._connect() as server:
                if self.username is not None and (failure := self._log_in(server, token)):
                    return failure
                envelope = self.envelope
                refused = server.send_message(message, from_addr=envelope.sender, to_addrs=list(envelope.recipients))
                return DeliveryFailed("smtp_refused_some", refuses="recipients") if refused else None
        except (smtplib.SMTPException, OSError) as error:
            return failure_of(error, by_token=token is not None)

    def _log_in(self, server: smtplib.SMTP, token: str | None) -> DeliveryFailed | None:
        """One attempt, by the first way that the server offers; the next only where it does not know that one after all."""
        server.ehlo_or_helo_if_needed()
        offered = server.esmtp_features.get("auth", "").upper().split()
        wanted = ("XOAUTH2",) if token is not None else _MECHANISMS
        server.user, server.password = str(self.username), self.password or ""
        bearer = f"user={self.username}\x01auth=Bearer {token}\x01\x01"
        ways = {"XOAUTH2": lambda challenge=None: bearer if challenge is None else "", "PLAIN": server.auth_plain,
                "LOGIN": server.auth_login, "CRAM-MD5": server.auth_cram_md5}  # fmt: skip
        for mechanism in (each for each in wanted if each in offered):
            try:
                server.auth(mechanism, cast("Any", ways[mechanism]))
            except smtplib.SMTPAuthenticationError as error:
                if error.smtp_code != _UNKNOWN_MECHANISM:
                    raise
            else:
                return None
        return DeliveryFailed("smtp_no_login", refuses="channel")

    def _connect(self) -> smtplib.SMTP:
        if self.must_be_public:
            pin(Address("smtp", self.host, self.port, "", is_listed=False))
        context = ssl.create_default_context(cafile=certifi.where())
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        try:
            self._refuse_inside(server)
            if self.security != "tls":
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _refuse_inside(self, server: smtplib.SMTP) -> None:
        """The name may have another address by now: who answers is asked before anything is said to them."""
        if self.must_be_public and (server.sock is None or not is_public(str(server.sock.getpeername()[0]).partition("%")[0])):
            raise DeliveryFailed("address_not_public")


_UNKNOWN_MECHANISM = 504
