"""The words of channels in a browser: what a field is called, what is wrong, without what is typed at a command line. Pure.

The kinds say all of it for the command line (`alerts.channels`). A field that is not here is shown with the kind's own help, so
that a new kind has its form by being one.
"""

import re
from collections.abc import Mapping

from clarity_pipeline.alerts.channels.config import options_of
from clarity_pipeline.alerts.channels.kinds import KINDS, meaning

KIND_NAMES: Mapping[str, str] = {
    "email": "E-mail by SMTP",
    "graph": "E-mail by Microsoft Graph",
    "postmark": "E-mail by Postmark",
    "sendgrid": "E-mail by SendGrid",
    "slack": "Slack",
    "teams": "Microsoft Teams",
    "webhook": "Webhook",
    "action": "Ad tool",
}

LABELS: Mapping[str, str] = {
    "sender": "From",
    "recipients": "To",
    "host": "Mail server",
    "port": "Port",
    "security": "Security",
    "username": "User",
    "auth": "Way to sign in",
    "password": "Password",
    "refresh_token": "Refresh token",
    "client_secret": "Client secret",
    "tenant": "Directory (tenant) ID",
    "client_id": "Application (client) ID",
    "scope": "Scope",
    "token_url": "Token server",
    "base_url": "Address of the API",
    "url": "Address of the webhook",
    "token": "Token",
    "secret": "Signing secret",
}

STATE_TONES: Mapping[str, str] = {
    "delivers": "good",
    "not tried": "off",
    "off": "off",
    "failing": "warn",
    "did not arrive": "warn",
    "cannot deliver": "bad",
}

_FLAGS = {known.flag: name for kind in KINDS.values() for name, known in options_of(kind).items()}
_BY_HAND: tuple[tuple[str, str], ...] = (
    ("CLARITY_WEBHOOK_ALLOW", "the allowed hooks of this installation"),
    ("`clarity-pipeline secrets check`", "ask who runs this installation"),
    ("`channels add graph`", "a channel of the kind E-mail by Microsoft Graph"),
    ("--ask-secret or --secret-file", "its secret"),
    ("--ca-file", "the file of the authority, which is set at the command line,"),
    ("see `secrets check`", "ask who runs this installation"),
)
_COMMAND = re.compile(r"`(?:clarity-pipeline )?(?:channels|alerts) (?:update|add|enable)[^`]*`(?: (?:with|changes it))?")
_FLAG = re.compile(r"--[a-z][a-z-]*(?: (?:ADDRESS|MAILBOX|ID|NAME|HOST|URL|FILE))?")


def kind_name(kind: str) -> str:
    """As people call it."""
    return KIND_NAMES.get(kind, kind)


def label(name: str) -> str:
    """What a field is called."""
    return LABELS.get(name, name.replace("_", " ").capitalize())


def in_browser(text: str) -> str:
    """A sentence of the command line, for a browser."""
    for there, here in _BY_HAND:
        text = text.replace(there, here)
    text = _COMMAND.sub("change the channel:", text)
    text = _FLAG.sub(_of_flag, text).replace("`", "")
    return re.sub(r"change the channel:(?=[;.,)]|$| sends)", "change the channel", text)


def why(code: str | None) -> str:
    """What a failure's code means and what to do."""
    return in_browser(meaning(code)) if code else ""


def _of_flag(found: re.Match[str]) -> str:
    flag, _, _ = found[0].partition(" ")
    if flag == "--secret-file":
        return "its secret"
    return f"“{label(_FLAGS[flag])}”" if flag in _FLAGS else flag.removeprefix("--").replace("-", " ")
