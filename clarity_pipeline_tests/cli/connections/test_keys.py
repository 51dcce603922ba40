"""`keys`: a program's key from the command line, as somebody meets it and as a script does."""

import re

import pytest

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.panel.running import Visitor, running
from clarity_pipeline_tests.world import World


def test_a_key_is_printed_alone_opens_the_api_and_is_ended_by_its_prefix(clarity: Clarity, world: World) -> None:
    made = clarity("keys", "add", "acme dashboard", "--business", "acme")
    assert made.status == 0
    assert re.fullmatch(r"clp_[a-z2-9]{8}_[\w-]{43}\n", made.out)
    prefix = made.out[4:12]
    assert f"keys revoke {prefix}" in made.err
    with running(world.settings, clock=lambda: world.now) as panel:
        program = Visitor(panel.base_url, headers={"Authorization": f"Bearer {made.out.strip()}"})
        assert [each["business"] for each in program.get("/api/v1/businesses").json()] == ["acme"]
        assert clarity("keys", "revoke", prefix).out == f"The key {prefix} (acme dashboard) opens nothing any more.\n"
        assert program.get("/api/v1/businesses").status_code == 401
    (listed,) = clarity("keys", "list", "--json").document
    assert (listed["prefix"], listed["state"], listed["last_used_on"]) == (prefix, "revoked", "2026-05-04")
    assert made.out.strip() not in clarity("keys", "list").out + str(listed)
    assert [entry["action"] for entry in clarity("audit", "--json").document][:2] == ["key_revoked", "key_made"]


def test_a_script_gets_one_document_with_the_key_in_it(clarity: Clarity) -> None:
    made = clarity("keys", "add", "both", "--all-businesses", "--scope", "read", "--scope", "markers", "--days", "7", "--json")
    assert made.err == ""
    assert made.document["key"].startswith(f"clp_{made.document['prefix']}_")
    assert (made.document["businesses"], made.document["scopes"]) == (None, ["markers", "read"])
    assert made.document["expires_at"].startswith("2026-05-11")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "x"), "--all-businesses"),
        (("add", "x", "--business", "acme", "--all-businesses"), "--all-businesses"),
        (("add", "x", "--business", "nobody"), "does not exist"),
        (("add", "x", "--all-businesses", "--days", "900"), "366"),
        (("revoke", "nosuchone"), "keys list"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(clarity: Clarity, arguments: tuple[str, ...], told: str) -> None:
    refused = clarity("keys", *arguments)
    assert (refused.status, told in refused.error, refused.out) == (2, True, "")


def test_before_the_first_key_the_list_says_how_to_make_one(clarity: Clarity) -> None:
    assert "keys add --help" in clarity("keys", "list").out
    assert clarity("keys", "list", "--json").document == []
