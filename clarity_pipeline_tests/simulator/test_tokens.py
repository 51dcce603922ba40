import pytest

from clarity_pipeline.clarity.token import Token, read_claims
from clarity_pipeline.simulator.tokens import FAR_AWAY, looks_like_clarity, mint


def test_a_token_has_the_shape_and_the_claims_of_clarity_s():
    text = mint("k3v9lindhs", seed=7)
    claims = read_claims(Token.parse(text))
    assert 600 < len(text) < 800
    assert text.startswith("eyJ")
    assert claims.expires_at == FAR_AWAY
    assert claims.subject is not None
    assert len(claims.subject) == 16
    assert claims.subject.isdigit()


def test_a_token_is_the_same_after_a_restart_and_another_for_each_project_seed_and_serial():
    tokens = [mint("a", seed=7), mint("b", seed=7), mint("a", seed=8), mint("a", seed=7, serial=1)]
    assert len(set(tokens)) == 4
    assert tokens[0] == mint("a", seed=7)
    subjects = [read_claims(Token.parse(token)).subject for token in tokens]
    assert subjects[0] == subjects[3] != subjects[1], "the subject is the project's"


@pytest.mark.parametrize("text", ["", "0123456789abcdef" * 2, "a.b.c", "eyJhbGciOiJub25lIn0.bm90IGpzb24.x", "a.W10.c", "a.é.c"])
def test_what_is_no_clarity_jwt_is_told_apart(text: str):
    assert not looks_like_clarity(text)
    assert looks_like_clarity(mint("a", seed=7))
