"""What is done, by kind, so that people find it in the audit log: every action is of one kind, which a test says."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from clarity_pipeline.connections.audit_sentences import Action

Kind = Literal["connections", "rules", "channels", "groups", "people", "sign-ins", "keys", "secrets"]

KINDS: Mapping[Kind, tuple[Action, ...]] = MappingProxyType(
    {
        "connections": (
            *("added", "connected", "token_replaced", "updated", "shared_allowed"),
            *("enabled", "paused", "rejected", "disconnected", "tested"),
        ),
        "rules": ("rules_changed",),
        "channels": ("channel_added", "channel_changed", "channel_enabled", "channel_disabled", "channel_removed"),
        "groups": ("group_made", "group_changed", "group_removed"),
        "people": (
            *("account_made", "account_disabled", "account_enabled", "role_changed", "address_changed"),
            *("invited", "invite_taken_back", "invite_accepted", "password_link_made", "password_changed"),
            *("second_factor_on", "second_factor_off", "recovery_codes_made"),
            *("identity_added", "identity_removed", "identity_allowed"),
        ),
        "sign-ins": ("signed_in", "sign_in_failed", "signed_out", "letter_sent", "reset_requested"),
        "keys": ("key_made", "key_revoked"),
        "secrets": ("keys_rotated", "vault_sealed", "forgotten"),
    }
)
