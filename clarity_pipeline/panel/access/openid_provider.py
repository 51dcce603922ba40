"""One provider of OpenID Connect: where it is, who the panel is there, and what it says of a person; asked, and checked, here.

Called by `openid`. The code flow with PKCE; the ID token is verified with the provider's own keys by joserfc, and believed for
this panel, this browser's sign-in and the next minutes alone. A provider is named by whoever runs the panel; all the same its
answers are bounded, and it leads to no other scheme.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import LOOPBACK_NAMES, SettingsError

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
"""Of signatures with a key pair: `none`, and those with a shared secret, are refused."""

_LARGEST_ANSWER = 256 * 1024
_SECONDS = (5, 10)  # to connect, to answer
_KEPT_SECONDS = 3600
_LEEWAY_SECONDS = 60


class ProviderFailed(ClarityPipelineError):
    """The provider does not answer, or answers with something that cannot be believed."""

    reason = "openid_failed"


@dataclass(frozen=True, slots=True)
class Provider:
    """As the environment says it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """None where no issuer is set; `SettingsError` for half a setting, or plain http to another machine."""
        issuer = (settings.panel_openid_issuer or "").rstrip("/")
        if not issuer:
            return None
        if not is_safe(issuer) or urlsplit(issuer).query or "/common/" in issuer or "/organizations/" in issuer:
            raise SettingsError(
                "CLARITY_PANEL_OPENID_ISSUER must look like https://accounts.google.com, or for Microsoft like"
                " https://login.microsoftonline.com/TENANT/v2.0 with your own tenant (http only on localhost); fix or unset it"
            )
        if not settings.panel_openid_client or not settings.panel_openid_secret:
            raise SettingsError(
                "CLARITY_PANEL_OPENID_ISSUER needs CLARITY_PANEL_OPENID_CLIENT and CLARITY_PANEL_OPENID_SECRET too; set both"
            )
        name = settings.panel_openid_name or str(urlsplit(issuer).hostname)
        return cls(issuer, settings.panel_openid_client, settings.panel_openid_secret, name)


def is_safe(url: object) -> bool:
    """Whether secrets may go there: https, or plain http that stays on this machine."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
    return named and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES))


@dataclass
class Asked:
    """What a provider has said of itself, asked again after an hour or when a key is not among those known."""

    provider: Provider
    monotonic: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)

    def endpoint(self, name: str) -> str:
        """Such as `authorization_endpoint`; the document must be the issuer's own."""
        document = self._kept(f"{self.provider.issuer}/.well-known/openid-configuration")
        found = document.get(name)
        if str(document.get("issuer", "")).rstrip("/") != self.provider.issuer or not is_safe(found):
            raise ProviderFailed(f"{self.provider.name} does not say where to sign in; tell your agency's admin")
        return str(found)

    def claims(self, *, code: str, verifier: str, nonce: str, redirect_uri: str, now: datetime) -> Mapping[str, Any]:
        """Whom a code stands for; what the ID token leaves out of the address is asked of the provider."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        who = (self.provider.client_id, self.provider.client_secret)
        tokens = self._json("POST", self.endpoint("token_endpoint"), data=form, auth=who)
        token = str(tokens.get("id_token", ""))
        try:
            claims = verified(token, self._keys(), provider=self.provider, nonce=nonce, now=now)
        except ProviderFailed:
            self._known.clear()  # the provider may have new keys
            claims = verified(token, self._keys(), provider=self.provider, nonce=nonce, now=now)
        if "email" in claims:
            return claims
        bearer = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
        more = self._json("GET", self.endpoint("userinfo_endpoint"), headers=bearer)
        return {**more, **claims} if more.get("sub") == claims["sub"] else claims

    def _keys(self) -> KeySet:
        document: KeySetSerialization = self._kept(self.endpoint("jwks_uri"))  # type: ignore[assignment] # checked by joserfc
        try:
            return KeySet.import_key_set(document)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise ProviderFailed(f"{self.provider.name} publishes no keys that can be read; tell your agency's admin") from None

    def _kept(self, url: str) -> Mapping[str, Any]:
        at, document = self._known.get(url, (0.0, {}))
        if not document or self.monotonic() - at > _KEPT_SECONDS:
            document = self._json("GET", url)
            self._known[url] = (self.monotonic(), document)
        return document

    def _json(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:
        try:
            with requests.request(method, url, timeout=_SECONDS, allow_redirects=False, stream=True, **more) as answer:
                body = answer.raw.read(_LARGEST_ANSWER, decode_content=True)
                document = json.loads(body) if answer.ok else None
        except (requests.RequestException, OSError, ValueError):
            document = None
        if not isinstance(document, dict):
            raise ProviderFailed(f"{self.provider.name} does not answer as it should; try again, or sign in with your password")
        return document


def verified(token: str, keys: KeySet, *, provider: Provider, nonce: str, now: datetime) -> Mapping[str, Any]:
    """The claims of an ID token that is the provider's, for this panel, this sign-in and now; else `ProviderFailed`. Pure."""
    wanted = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "values": [provider.issuer, f"{provider.issuer}/"]},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        wanted.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        claims = {}
    audience = claims.get("aud")
    is_shared = isinstance(audience, list) and len(audience) > 1
    if not claims or not claims["sub"] or ((is_shared or "azp" in claims) and claims.get("azp") != provider.client_id):
        raise ProviderFailed(f"What {provider.name} said of you cannot be believed; try again, or sign in with your password")
    return claims
