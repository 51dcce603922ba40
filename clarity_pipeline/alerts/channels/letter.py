"""The letter that every way of sending mail sends: headers, text, HTML with a small chart; and who writes to whom.

The chart is a row of table cells, since mail clients show neither SVG nor scripts and block images from outside. What comes from
strangers is escaped for HTML, and no header can hold a line break. A letter that comes again has the same Message-ID. Its HTML
has at most 90 kB, since Gmail cuts a letter at 102; no line has more than the 998 characters of RFC 5322: long ones are encoded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from clarity_pipeline.alerts.channels.config import ChannelConfig, InvalidChannel, option
from clarity_pipeline.alerts.channels.fitting import fitted
from clarity_pipeline.alerts.channels.notice import Entry, Notice

if TYPE_CHECKING:
    from jinja2 import Template

SIZES = (90_000, 30_000, 10_000)
"""Bytes of HTML, the next where the server says that the one before is too large."""

_LINE_LENGTH = 300
_COLOURS = {"info": "#2f6fb2", "warning": "#b26a00", "critical": "#b3261e"}
_OVER = "#2e7d4f"
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, kw_only=True)
class LetterConfig(ChannelConfig):
    """Who writes to whom."""

    where_to_look: ClassVar[str] = (
        "look among spam, see that the sender's domain has SPF and DKIM, and ask the mail server's own log what became of it"
    )

    sender: str | None = option("--from", "ADDRESS", "Mail: who writes; the user that logs in by default.", default=None)
    recipients: tuple[str, ...] = option("--to", "ADDRESS", "Mail: who gets the letters; repeat for more.", is_repeated=True)

    def checked(self, *, allowed: frozenset[str]) -> Self:
        """Everybody has an address."""
        if not self.recipients:
            raise InvalidChannel("a channel for e-mail needs somebody to write to: give --to ADDRESS, once for each")
        if self.sender is None:
            raise InvalidChannel("a letter needs a sender: give --from ADDRESS")
        for address, flag in ((self.sender, "--from"), *((each, "--to") for each in self.recipients)):
            if not _MAIL_ADDRESS.fullmatch(address):
                raise InvalidChannel(f"{flag} must be a plain e-mail address such as alerts@agency.example")
        return super().checked(allowed=allowed)

    def before_secrets(self, *, allowed: frozenset[str]) -> Self:
        """Everything: its secrets are what they are."""
        return self.checked(allowed=allowed)

    def hint_beside(self, place: str) -> str:
        """What people may see: where, and how many get it."""
        return f"{place}, {len(self.recipients)} recipient{'s' * (len(self.recipients) != 1)}"


def base_url() -> Any:
    """The field of a kind that sends letters by an HTTP API."""
    return option("--base-url", "URL", "Mail by HTTP: where the API is, in another cloud or region.", default=None)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom."""

    sender: str
    recipients: tuple[str, ...]


def letter(said: Notice, envelope: Envelope, body: tuple[str, str] | None = None) -> EmailMessage:
    """The letter, with a body that `texts` made, by default of the usual size."""
    text, html = body or texts(said)
    message = EmailMessage()
    message["From"] = MailAddress("clarity_pipeline", addr_spec=envelope.sender)
    message["To"] = tuple(MailAddress(addr_spec=recipient) for recipient in envelope.recipients)
    message["Subject"] = said.subject
    message["Message-ID"] = message_id(said, envelope)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def message_id(said: Notice, envelope: Envelope) -> str:
    """The same when it comes again."""
    return f"<{said.id}@{envelope.sender.partition('@')[2]}>"


def texts(said: Notice, size: int = SIZES[0]) -> tuple[str, str]:
    """The letter as text and as HTML of at most so many bytes."""

    def build(full: int, told: int) -> tuple[str, str]:
        entries, lines = said.entries[:full], [each.in_a_line[:_LINE_LENGTH] for each in said.entries[full:told]]
        if more := len(said.entries) - told:
            lines.append(f"and {more} more")
        text = "\n\n\n".join([*("\n".join(_text(entry)) for entry in entries), *(["\n".join(lines)] if lines else [])])
        return text + "\n", _html(said.subject, entries, lines)

    return fitted(build, entries=len(said.entries), fits=lambda found: len(found[1].encode("utf-8", "replace")) <= size)


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


def _html(subject: str, entries: tuple[Entry, ...], lines: list[str]) -> str:
    shown: dict[str, Any] = {"subject": subject, "entries": entries, "lines": lines, "colours": _COLOURS, "over": _OVER}
    return _template().render(shown)


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 20 ms, which no other command has to spend

    environment = Environment(
        loader=PackageLoader("clarity_pipeline.alerts.channels", "."), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["figure"] = _figure
    return environment.get_template("letter.html")


def _figure(value: float) -> str:
    return f"{value:,.4g}"
