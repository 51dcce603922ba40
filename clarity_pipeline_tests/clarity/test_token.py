"""The token's shape and claims, and that it never shows itself."""

import base64
import json
import pickle
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.clarity.token import InvalidToken, Token, read_claims


def jwt(claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJSUzI1NiJ9.{body}.c2lnbmF0dXJl"


def test_a_pasted_token_is_stripped() -> None:
    assert Token.parse(f"  {jwt({})}\r\n").reveal() == jwt({})


@pytest.mark.parametrize("text", ["a.b.c" * 5, "x" * 20, "abc_DEF-123~456+789/x=="])
def test_an_opaque_token_of_twenty_characters_is_tried(text: str) -> None:
    assert Token.parse(text).reveal() == text


@pytest.mark.parametrize(
    "text",
    ["", "   ", "short", "x" * 19, "has a blank inside it somewhere", "ü" * 30, "x" * 9000, "CLARITY_TOKEN="],
)
def test_what_cannot_be_a_token_is_refused_before_any_call(text: str) -> None:
    with pytest.raises(InvalidToken, match="Invalid token: too short or malformed") as caught:
        Token.parse(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("CLARITY_API_TOKEN={}", "a whole line of a settings file"),
        ("export CLARITY_API_TOKEN='{}'", "a whole line of a settings file"),
        ("# of acme\nCLARITY_API_TOKEN = {}\n", "a whole line of a settings file"),
        ("clarity.token = {}", "a whole line of a settings file"),
        ("Bearer {}", "begins with Bearer"),
        ("bearer: {}", "begins with Bearer"),
        ("Authorization: Bearer {}", "a whole Authorization header"),
        ("-H 'authorization: Bearer {}'", "a whole Authorization header"),
        ("curl -H 'Authorization: Bearer {}' https://www.clarity.ms/export-data/api/v1/project-live-insights", "a whole command"),
        ('"{}"', "in quotes"),
        ("'{}'", "in quotes"),
        ("\u201c{}\u201d", "in quotes"),
        ('{{"token": "{}"}}', "a JSON document"),
        ("{}\n{}", "over several lines"),
    ],
)
def test_what_is_pasted_around_a_token_has_a_sentence_of_its_own_that_never_repeats_it(pasted: str, said: str) -> None:
    token = jwt({"sub": "1234567890123456"})
    with pytest.raises(InvalidToken, match=r"^Invalid token: ") as caught:
        Token.parse(pasted.format(token, token))
    assert said in str(caught.value)
    assert not [part for part in token.split(".") if part in str(caught.value)]


@pytest.mark.parametrize("text", ["bearer.of.this.opaque.token", "curl-token-of-twenty-letters", "abcdefghijklmnopqrstuvwx=="])
def test_a_token_that_only_begins_like_something_else_is_still_tried(text: str) -> None:
    assert Token.parse(text).reveal() == text


def test_a_token_does_not_print_format_or_pickle() -> None:
    token = Token.parse(jwt({"sub": "1"}))
    assert token.reveal() not in f"{token!r} {token} {token!s} {vars(Token).keys()}"
    with pytest.raises(TypeError):
        pickle.dumps(token)


def test_claims_are_read_without_a_call() -> None:
    claims = read_claims(Token.parse(jwt({"sub": "1234567890123456", "exp": 1767225600})))
    assert claims.subject == "1234567890123456"
    assert claims.expires_at == datetime(2026, 1, 1, tzinfo=UTC)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.dictionaries(st.sampled_from(["sub", "exp", "x"]), inner),
    )
)
def test_any_claims_are_hints_and_never_an_error(claims: object) -> None:
    read_claims(Token(jwt(claims)))


@given(st.text())
def test_any_text_is_a_token_or_refused_in_one_line(text: str) -> None:
    refusal = ""
    try:
        read_claims(Token.parse(text))
    except InvalidToken as error:
        refusal = str(error)
    assert "\n" not in refusal
