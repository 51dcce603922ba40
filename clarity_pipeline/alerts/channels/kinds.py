"""The kinds of channel: one file and one line here each.

Called by `channel_store`, `cli.alerts.channels` and `doctor.channels`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict

from clarity_pipeline.alerts.channels.config import ChannelConfig
from clarity_pipeline.alerts.channels.email import EmailConfig
from clarity_pipeline.alerts.channels.graph import GraphConfig
from clarity_pipeline.alerts.channels.postmark import PostmarkConfig
from clarity_pipeline.alerts.channels.sendgrid import SendGridConfig
from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.alerts.channels.teams import TeamsConfig
from clarity_pipeline.alerts.channels.webhook import ActionConfig, WebhookConfig

Kind = str
"""A name in `KINDS`."""

KINDS: Mapping[Kind, type[ChannelConfig]] = {
    each.kind: each
    for each in (
        EmailConfig,
        GraphConfig,
        PostmarkConfig,
        SendGridConfig,
        SlackConfig,
        TeamsConfig,
        WebhookConfig,
        ActionConfig,
    )
}

FOR_ACTIONS = frozenset(name for name, kind in KINDS.items() if kind.for_actions)


def as_text(config: ChannelConfig) -> str:
    """What is sealed."""
    return json.dumps(asdict(config))


def from_text(kind: Kind, text: str) -> ChannelConfig:
    """What was sealed."""
    return KINDS[kind].from_stored(json.loads(text))


def meaning(code: str) -> str:
    """What a failure's code means and what to do."""
    own = next((each.meanings[code] for each in KINDS.values() if code in each.meanings), None)
    of_its_sort = next(
        (said for begins, said in _SORTS.items() if code.startswith(begins)), "the receiver refused it: see its own log"
    )
    return _MEANINGS.get(code) or own or of_its_sort


_SORTS: Mapping[str, str] = {
    "http_5": "the receiver has an error of its own, which may pass",
    "smtp_4": "the mail server puts us off for now",
    "smtp_5": "the mail server refuses the letter: see --from and --to, and the server's own log",
    "oauth_http_": "the token server has an error of its own, which may pass",
}
_NEW_WEBHOOK = "make a new webhook there, then `channels update` with its address"
_MEANINGS: Mapping[str, str] = {
    "timeout": "the receiver did not answer in time",
    "connection": "nobody answers there: check host, port and firewall",
    "tls": "the receiver's certificate is not trusted: --ca-file names the authority of a house's own",
    "no_address": "the host has no address: check its spelling",
    "address_not_public": "the host is inside a network: list it in CLARITY_WEBHOOK_ALLOW if it is yours",
    "bad_webhook_url": "the deployment does not allow this address: list it in CLARITY_WEBHOOK_ALLOW if it is yours",
    "secret_unreadable": "the stored address does not open: `clarity-pipeline secrets check`",
    "http_400": "the receiver does not understand our messages: see that the address is of this kind of channel",
    "http_401": f"the receiver does not know this address: {_NEW_WEBHOOK}",
    "http_403": f"the receiver does not know this address: {_NEW_WEBHOOK}",
    "http_404": f"there is no such webhook: {_NEW_WEBHOOK}",
    "http_410": f"the webhook is gone for good: {_NEW_WEBHOOK}",
    "http_413": "the receiver takes no message of this size, however short we make it: raise the limit there",
    "http_429": "the receiver asks us to wait: too many messages came at once",
    "http_301": "the receiver has moved: `channels update` with its new address",
    "http_302": "the receiver sends us elsewhere, and no redirect is followed: `channels update` with the final address",
    "http_308": "the receiver has moved: `channels update` with its new address",
    "not_arrived": "somebody said that a test message did not arrive",
    "dead_letters": "message after message could not be delivered for a day",
    "too_old": "it waited for 14 days",
}
