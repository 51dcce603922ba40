"""What an entry of the audit log says, for people: a sentence an action, made from its detail.

Every action has one, which a test says: the type checker sees a sentence of no action, and not an action without a sentence.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

Action = Literal[
    "added",
    "connected",
    "token_replaced",
    "updated",
    "shared_allowed",
    "enabled",
    "paused",
    "rejected",
    "disconnected",
    "tested",
    "keys_rotated",
    "vault_sealed",
    "account_made",
    "invited",
    "invite_taken_back",
    "invite_accepted",
    "password_link_made",
    "password_changed",
    "role_changed",
    "account_disabled",
    "account_enabled",
    "rules_changed",
    "channel_added",
    "channel_changed",
    "channel_enabled",
    "channel_disabled",
    "channel_removed",
    "key_made",
    "key_revoked",
    "signed_in",
    "sign_in_failed",
    "signed_out",
    "second_factor_on",
    "second_factor_off",
    "recovery_codes_made",
    "identity_added",
    "identity_removed",
    "identity_allowed",
    "address_changed",
    "letter_sent",
    "reset_requested",
    "forgotten",
    "group_made",
    "group_changed",
    "group_removed",
]
"""What was done; the log writes these words."""


def sentence(action: Action, detail: Mapping[str, Any]) -> str:
    """What was done, without who did it: "replaced the token (fingerprint 3f9a)"."""
    return _SENTENCES[action](detail)


def _token(detail: Mapping[str, Any]) -> str:
    return f" (fingerprint {detail['token']})" if "token" in detail else ""


def _account(detail: Mapping[str, Any]) -> str:
    """`cleo@acme.example as client of acme`; what is not noted is left out."""
    role = f" as {detail['role'].replace('_', ' ')}" if "role" in detail else ""
    own = f" of {', '.join(detail['businesses'])}" if detail.get("businesses") else ""
    return f"{detail.get('account', 'somebody')}{role}{own}"


def _key(detail: Mapping[str, Any]) -> str:
    """` for read, markers of acme until 2026-08-02`."""
    own = ", ".join(detail.get("businesses", ())) or "every business"
    return f" for {', '.join(detail.get('scopes', ()))} of {own} until {str(detail.get('expires_at', ''))[:10]}"


def _place(detail: Mapping[str, Any]) -> str:
    """` from 203.0.113.0/24 with Firefox on Linux`."""
    browser = f" with {detail['browser']}" if "browser" in detail else ""
    return (f" from {detail['network']}" if "network" in detail else "") + browser


def _failed(detail: Mapping[str, Any]) -> str:
    tries = detail.get("tries", 1)
    account = detail.get("account", "an account that does not exist")
    step = f" at the {detail['step']}" if "step" in detail else ""
    return f"failed to sign in as {account}{step}{_place(detail)}{f', try {tries} of a day' if tries > 1 else ''}"


def _reset(detail: Mapping[str, Any]) -> str:
    came = f"was not sent ({detail['failed']})" if "failed" in detail else f"was sent by {detail.get('channel', 'mail')}"
    return f"asked for a new password of {_account(detail)}{_place(detail)}; the letter {came}"


def _letter(detail: Mapping[str, Any]) -> str:
    """`wrote to cleo@acme.example: your second factor was set up (by ops-mail)`."""
    came = f"by {detail.get('channel', 'mail')}" if "failed" not in detail else f"not sent: {detail['failed']}"
    return f"wrote to {_account(detail)}: {detail.get('about', 'your account')} ({came})"


def _rules(detail: Mapping[str, Any]) -> str:
    """`rules (sync): added stale; disabled old-one`."""
    turns = ("added", "changed", "enabled", "disabled")
    said = "; ".join(f"{turn} {', '.join(detail[turn])}" for turn in turns if detail.get(turn))
    return f"rules ({detail.get('how', 'import')}): {said}"


def _group(detail: Mapping[str, Any]) -> str:
    """`key-accounts of acme, globex`."""
    return f"{detail.get('group', 'unknown')} of {', '.join(detail.get('businesses', ())) or 'no business'}"


def _channel(detail: Mapping[str, Any]) -> str:
    return f"{detail.get('channel', 'unknown')} ({detail.get('kind', 'unknown')})"


_FIELDS = {
    "name": "name",
    "project_id": "project ID",
    "kept_query_parameters": "kept parameters",
    "keep_path_ids": "whether numbers in paths are kept",
    "page_settings": "what is one page",
    "totals": "the switch for totals",
    "back_off": "the switch for the back-off",
    "site": "which site it has",
    "currency": "the currency of its ads",
    "time_zone": "the time zone of its ads",
}

_SENTENCES: Mapping[Action, Callable[[Mapping[str, Any]], str]] = {
    "added": lambda _: "added it without a Clarity project, for imports alone",
    "connected": lambda detail: f"connected with a token{_token(detail)}",
    "token_replaced": lambda detail: f"stored {'the same token again' if 'same' in detail else 'a new token'}{_token(detail)}",
    "updated": lambda detail: f"changed {', '.join(_FIELDS.get(name, name) for name in detail.get('fields', ()))}",
    "shared_allowed": lambda detail: f"allowed it to share the ten calls of {', '.join(detail.get('with', ()))}",
    "enabled": lambda _: "enabled the daily sync",
    "paused": lambda _: "paused the daily sync",
    "rejected": lambda detail: f"switched off: Clarity rejected the token{_token(detail)}",
    "disconnected": lambda _: "disconnected; the token is gone, the history is kept",
    "tested": lambda detail: f"tested the token: {detail.get('result', 'unknown')}, {detail.get('calls', 0)} call(s) taken",
    "keys_rotated": lambda detail: (
        f"rotated the encryption key; {detail.get('secrets', 0)} secret(s) open with the new one alone"
    ),
    "vault_sealed": lambda detail: f"{detail.get('how', 'sealed')} {detail.get('answers', 0)} answer(s) of the vault",
    "account_made": lambda detail: f"made the account {_account(detail)}",
    "invited": lambda detail: f"invited {_account(detail)}",
    "invite_taken_back": lambda detail: f"took back the link of {_account(detail)}",
    "invite_accepted": lambda detail: f"accepted the invite of {_account(detail)}",
    "password_link_made": lambda detail: f"made a link for a new password of {_account(detail)}",
    "password_changed": lambda detail: f"set a new password of {_account(detail)}",
    "role_changed": lambda detail: f"changed {_account(detail)}",
    "account_disabled": lambda detail: f"disabled the account {_account(detail)}",
    "account_enabled": lambda detail: f"enabled the account {_account(detail)}",
    "rules_changed": _rules,
    "channel_added": lambda detail: f"added the channel {_channel(detail)}",
    "channel_changed": lambda detail: f"changed {', '.join(detail.get('fields', ()))} of the channel {_channel(detail)}",
    "channel_enabled": lambda detail: f"enabled the channel {_channel(detail)}",
    "channel_disabled": lambda detail: f"switched off the channel {_channel(detail)}: {detail.get('reason', 'unknown')}",
    "channel_removed": lambda detail: f"removed the channel {_channel(detail)}",
    "group_made": lambda detail: f"made the group {_group(detail)}",
    "group_changed": lambda detail: f"made the group {_group(detail)} from now on",
    "group_removed": lambda detail: f"removed the group {detail.get('group', 'unknown')}",
    "key_made": lambda detail: f"made the key {detail.get('key')} of programs{_key(detail)}",
    "key_revoked": lambda detail: f"revoked the key {detail.get('key')} of programs",
    "signed_in": lambda detail: f"signed in{_place(detail)}, by {detail.get('how', 'password')}",
    "sign_in_failed": _failed,
    "second_factor_on": lambda detail: f"set up the second factor of {_account(detail)}",
    "second_factor_off": lambda detail: f"took away the second factor of {_account(detail)}",
    "identity_added": lambda detail: f"is known from now on as {_account(detail)} at {detail.get('issuer', 'a provider')}",
    "identity_removed": lambda detail: f"unlinked {detail.get('issuer', 'a provider')} from {_account(detail)}",
    "identity_allowed": lambda detail: f"allowed {detail.get('issuer', 'a provider')} again for {_account(detail)}",
    "address_changed": lambda detail: f"changed the address of {detail.get('before', 'somebody')} to {_account(detail)}",
    "letter_sent": _letter,
    "reset_requested": _reset,
    "forgotten": lambda detail: f"forgot a value or a page: {detail.get('answers', 0)} answer(s), {detail.get('rows', 0)} row(s)",
    "recovery_codes_made": lambda detail: f"made new recovery codes of {_account(detail)}",
    "signed_out": lambda detail: f"ended {detail.get('sign_ins', 1)} sign-in(s): {detail.get('why', 'signed out')}",
}
