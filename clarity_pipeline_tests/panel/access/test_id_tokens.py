"""What a provider says of a person is believed where it is the provider's, for this panel, this sign-in and now; else not."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from clarity_pipeline.panel.access.identities import Person
from clarity_pipeline.panel.access.openid_provider import Provider, ProviderFailed, verified

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
OURS = Provider("https://accounts.example", "panel", "s3cret", "them")
KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False) for _ in range(2))
ELLIPTIC = ECKey.generate_key("P-256", {"kid": "two"})
GOOD: dict[str, Any] = {
    "iss": "https://accounts.example",
    "aud": "panel",
    "sub": "c1",
    "nonce": "n",
    "iat": int(NOW.timestamp()),
    "exp": int((NOW + timedelta(hours=1)).timestamp()),
}


def _part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _believed(token: str) -> bool:
    try:
        verified(token, KeySet([KEY, ELLIPTIC]), provider=OURS, nonce="n", now=NOW)
    except ProviderFailed:
        return False
    return True


@pytest.mark.parametrize(
    "more", [{}, {"aud": ["panel"]}, {"aud": ["panel", "other"], "azp": "panel"}, {"iss": "https://accounts.example/"}]
)
def test_an_id_token_that_is_for_us_is_believed(more: dict[str, Any]) -> None:
    assert _believed(jwt.encode({"alg": "RS256", "kid": "one"}, GOOD | more, KEY))
    assert _believed(jwt.encode({"alg": "ES256", "kid": "two"}, GOOD | more, ELLIPTIC))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"aud": "another panel"},
        {"aud": ["other"]},
        {"aud": ["panel", "other"]},
        {"aud": ["panel", "other"], "azp": "other"},
        {"azp": "other"},
        {"nonce": "of another browser"},
        {"nonce": ""},
        {"exp": int((NOW - timedelta(minutes=2)).timestamp())},
        {"iat": int((NOW + timedelta(minutes=5)).timestamp())},
        {"nbf": int((NOW + timedelta(minutes=5)).timestamp())},
        {"exp": "tomorrow"},
        {"sub": ""},
        {"sub": 7},
        *({name: None} for name in ("iss", "aud", "sub", "nonce", "iat", "exp")),
    ],
)
def test_an_id_token_that_is_not_for_us_or_not_for_now_is_not(claims: dict[str, Any]) -> None:
    changed = {name: value for name, value in (GOOD | claims).items() if value is not None}
    assert not _believed(jwt.encode({"alg": "RS256", "kid": "one"}, changed, KEY))


def test_a_signature_that_is_none_shared_or_anothers_is_not_believed() -> None:
    assert not _believed(jwt.encode({"alg": "RS256", "kid": "one"}, GOOD, OTHER_KEY))
    good = jwt.encode({"alg": "RS256", "kid": "one"}, GOOD, KEY)
    unsigned = "eyJhbGciOiJub25lIn0." + good.split(".")[1] + "."
    by_the_public_key = f"{_part({'alg': 'HS256', 'kid': 'one'})}.{good.split('.')[1]}"
    mac = hmac.digest(KEY.as_pem(private=False), by_the_public_key.encode(), "sha256")
    shared = f"{by_the_public_key}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    for token in (unsigned, shared, "", "a.b.c", good[:-4], good.replace(".", "", 1)):
        assert not _believed(token)


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({"email": "A@b.example", "email_verified": True}, "a@b.example"),
        ({"email": "a@b.example", "email_verified": "true"}, "a@b.example"),
        ({"email": "a@b.example", "xms_edov": 1}, "a@b.example"),
        ({"email": "a@b.example", "email_verified": "false"}, None),
        ({"email": "a@b.example", "xms_edov": False}, None),
        ({"email": ["a@b.example"], "email_verified": True}, None),
    ],
)
def test_an_address_counts_where_the_provider_has_verified_it(claims: dict[str, Any], email: str | None) -> None:
    assert Person.of({"sub": "x", **claims}, issuer="https://accounts.example").email == email
