"""Tokens by OAuth 2 for mail: client credentials for Microsoft 365, a refresh token for Google (RFC 6749).

Requests and answers are oauthlib's; they go over our own `Hook`, so that a token address is guarded as every other address is.
Microsoft: an app registration with the application permission `SMTP.SendAsApp` (or `Mail.Send` for Graph) and an administrator's
consent; the scope is the resource with `/.default`. Google: an OAuth client and a refresh token for the scope
`https://mail.google.com/`; while the app is in testing such a token lives seven days. National clouds have other addresses and
scopes, so both can be given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clarity_pipeline.alerts.channels.address import parse_address
from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.alerts.channels.config import InvalidChannel, option, secret
from clarity_pipeline.alerts.channels.letter import LetterConfig
from clarity_pipeline.alerts.channels.posting import FORM, Hook, by_status
from clarity_pipeline.settings.settings import Clock, utc_now

MICROSOFT_TOKENS = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"

SPARE = timedelta(minutes=2)
"""A token is not used in the last minutes of its life."""

EXPIRED_SECRET = "AADSTS7000222"  # noqa: S105 - Microsoft's number for a client secret that has expired
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}")


@dataclass(frozen=True, kw_only=True)
class AppConfig(LetterConfig):
    """An app that is given tokens. `token_url` and `scope` are for national clouds."""

    tenant: str | None = option("--tenant", "ID", "Microsoft: the directory (tenant) ID of the app.", default=None)
    client_id: str | None = option("--client-id", "ID", "OAuth 2: the application (client) ID.", default=None)
    scope: str | None = option("--scope", "URL", "OAuth 2 of Microsoft: the scope in a national cloud.", default=None)
    token_url: str | None = option("--token-url", "URL", "OAuth 2: the token server, in a national cloud.", default=None)
    client_secret: str | None = secret("client secret of the app")

    def check_app(self, *, allowed: frozenset[str], is_google: bool = False) -> None:
        """Raise what is to be given, unless it can ask for a token."""
        if not is_google and self.token_url is None and not _TENANT.fullmatch(self.tenant or ""):
            raise InvalidChannel("--tenant must be the directory (tenant) ID of Microsoft Entra, or its domain: agency.example")
        if not self.client_id:
            raise InvalidChannel("OAuth 2 needs an app: give --client-id ID")
        parse_address(self._tokens_at(is_google=is_google), allowed=allowed, called="--token-url")

    def tokens(self, *, scope: str | None, refresh_token: str | None = None, allowed: frozenset[str]) -> "Tokens":
        """What buys tokens; Google's are bought with a refresh token."""
        address = parse_address(self._tokens_at(is_google=refresh_token is not None), allowed=allowed)
        return Tokens(
            Grant(
                hook=Hook(address, ca_file=self.ca_file),
                client_id=str(self.client_id),
                client_secret=str(self.client_secret),
                scope=scope,
                refresh_token=refresh_token,
            )
        )

    def _tokens_at(self, *, is_google: bool) -> str:
        return self.token_url or (GOOGLE_TOKENS if is_google else MICROSOFT_TOKENS.format(tenant=self.tenant))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What buys a token. Without a refresh token it is the app's own, by client credentials."""

    hook: Hook
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    scope: str | None = None
    refresh_token: str | None = field(default=None, repr=False)


class Tokens:
    """The tokens of one grant: one is bought when there is none, and kept until shortly before its end."""

    def __init__(self, grant: Grant, *, clock: Clock = utc_now) -> None:
        self._grant, self._clock = grant, clock
        self._token: str | None = None
        self._good_until: datetime | None = None

    def token(self) -> tuple[str, bool]:
        """A token, and whether it was bought just now; raise `DeliveryFailed`."""
        if self._token is not None and self._good_until is not None and self._clock() < self._good_until:
            return self._token, False
        found = _buy(self._grant)
        lifetime = found.get("expires_in")
        seconds = float(lifetime) if isinstance(lifetime, int | float) else 0.0
        self._token, self._good_until = str(found["access_token"]), self._clock() + timedelta(seconds=seconds) - SPARE
        return self._token, True

    def refused(self, code: str, *, is_new: bool) -> DeliveryFailed:
        """What it means that the server refused a token: an old one may have ended early, a new one will not do."""
        self._token = None
        return DeliveryFailed(code, refuses="channel") if is_new else DeliveryFailed("oauth_token_ended")


def _buy(grant: Grant) -> Mapping[str, object]:
    from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error  # 30 ms, which only mail by OAuth has to spend

    client = BackendApplicationClient(grant.client_id)
    if grant.refresh_token is None:
        body = client.prepare_request_body(include_client_id=True, client_secret=grant.client_secret, scope=grant.scope)
    else:
        body = client.prepare_refresh_body(
            refresh_token=grant.refresh_token, client_id=grant.client_id, client_secret=grant.client_secret
        )
    answer = grant.hook.exchange(body.encode(), headers={"Accept": "application/json"}, content_type=FORM)
    error, description = "no_token", ""
    try:
        found: Mapping[str, object] = client.parse_request_body_response(answer.body)
    except OAuth2Error as refused:
        error, description = str(refused.error), str(refused.description or "")
    except (ValueError, AttributeError):  # JSON, and yet no object
        pass
    else:
        return found
    passing = by_status(answer)
    if passing is not None and passing.refuses is None:
        raise DeliveryFailed(f"oauth_{passing.code}", retry_after_seconds=passing.retry_after_seconds)
    if error == "temporarily_unavailable":
        raise DeliveryFailed("oauth_unavailable")
    if EXPIRED_SECRET in description:
        raise DeliveryFailed("oauth_secret_expired", refuses="channel")
    if f"oauth_{error}" in MEANINGS:
        raise DeliveryFailed(f"oauth_{error}", refuses="channel")
    raise DeliveryFailed("oauth_refused", refuses="channel")


_NEW_SECRET = "`channels update` with --ask-secret or --secret-file"  # noqa: S105 - a sentence
MEANINGS: Mapping[str, str] = {
    "oauth_secret_expired": "the app's client secret has expired: make a new one (Microsoft Entra, App registrations,"
    f" Certificates & secrets), then {_NEW_SECRET}",
    "oauth_invalid_client": "the token server refuses the client ID or secret: give the secret's value and not its ID,"
    f" {_NEW_SECRET} and --client-id",
    "oauth_invalid_grant": "the refresh token is no longer good (revoked, expired, or of an app in testing, where it lives seven"
    f" days): allow the app again, then {_NEW_SECRET}",
    "oauth_unauthorized_client": "there is no such app in this tenant, or it may ask for no token: see --client-id, --tenant",
    "oauth_invalid_scope": "the token server knows no such scope: see --scope",
    "oauth_invalid_request": "the token server does not understand the request: see --tenant and --client-id",
    "oauth_access_denied": "the token server denies the app: an administrator must consent to its permissions",
    "oauth_refused": "the token server gave no token: see --tenant, --client-id and --token-url",
    "oauth_no_token": "what answers at the token server's address gives no token: see --token-url",
    "oauth_token_ended": "the server has ended a token before its time; another is bought with the next try",
    "oauth_unavailable": "the token server is not available at present",
}
