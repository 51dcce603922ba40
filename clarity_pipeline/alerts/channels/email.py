"""E-mail over SMTP, by STARTTLS or TLS and never in the clear: one letter a message, as text and as HTML with a small chart.

The chart is a row of table cells, since mail clients show neither SVG nor scripts and block images from outside. What comes from
strangers is escaped for HTML, and no header can hold a line break. A letter that comes again has the same Message-ID.
"""

import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from typing import ClassVar, Literal

import certifi

from clarity_pipeline.alerts.channels.channel import DeliveryFailed, Document
from clarity_pipeline.alerts.channels.notice import Entry, Notice, notice

Security = Literal["starttls", "tls"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465}

_COLOURS = {"info": "#2f6fb2", "warning": "#b26a00", "critical": "#b3261e"}
_OVER = "#2e7d4f"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChannel:
    """Letters by one SMTP server. `ca_file` holds further authorities, for a server with a certificate of the house."""

    name: ClassVar[str] = "email"

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...] = field(repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 10.0
    ca_file: str | None = None

    def send(self, document: Document) -> None:
        """Hand one letter to the server; raise `DeliveryFailed` unless it took it for every recipient."""
        message = letter(notice(document), sender=self.sender, recipients=self.recipients)
        code, for_good = self._hand_over(message)
        if code is not None:
            raise DeliveryFailed(code, for_good=for_good)

    def _hand_over(self, message: EmailMessage) -> tuple[str | None, bool]:
        try:
            with self._connect() as server:
                if self.username is not None:
                    server.login(self.username, self.password or "")
                refused = server.send_message(message, from_addr=self.sender, to_addrs=list(self.recipients))
                return ("smtp_refused_some" if refused else None), False
        except smtplib.SMTPAuthenticationError:
            return "smtp_login", False
        except smtplib.SMTPNotSupportedError:
            return "smtp_no_starttls", False
        except smtplib.SMTPResponseException as error:
            return f"smtp_{error.smtp_code}", False
        except smtplib.SMTPRecipientsRefused:
            return "smtp_refused", False
        except TimeoutError:
            return "timeout", False
        except ssl.SSLError:
            return "tls", False
        except (smtplib.SMTPException, OSError):
            return "connection", False

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context(cafile=certifi.where())
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def letter(said: Notice, *, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The letter: headers, text, HTML."""
    message = EmailMessage()
    message["From"] = MailAddress("clarity_pipeline", addr_spec=sender)
    message["To"] = tuple(MailAddress(addr_spec=recipient) for recipient in recipients)
    message["Subject"] = said.subject
    message["Message-ID"] = f"<{said.id}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n\n".join("\n".join(_text(entry)) for entry in said.entries) + "\n")
    message.add_alternative(_html(said), subtype="html")
    return message


def _text(entry: Entry) -> Iterator[str]:
    yield entry.heading
    yield ""
    yield entry.sentence
    if entry.facts:
        yield ""
        yield from (f"  {label}: {value}" for label, value in entry.facts)
    if entry.series:
        yield ""
        yield f"  {entry.series.label}: " + ", ".join("-" if value is None else _figure(value) for value in entry.series.values)
    if entry.caveat:
        yield ""
        yield entry.caveat
    if entry.link:
        yield ""
        yield entry.link


def _html(said: Notice) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 20 ms, which no other command has to spend

    environment = Environment(
        loader=PackageLoader("clarity_pipeline.alerts.channels", "."), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["figure"] = _figure
    template = environment.get_template("letter.html")
    return template.render(subject=said.subject, entries=said.entries, colours=_COLOURS, over=_OVER)


def _figure(value: float) -> str:
    return f"{value:,.4g}"
