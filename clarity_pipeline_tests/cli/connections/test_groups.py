"""`groups`, and `--group` wherever a command takes several businesses."""

import pytest

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import World


def test_a_group_is_made_filled_listed_and_removed(clarity: Clarity, world: World) -> None:
    world.connect("globex")
    made = clarity("groups", "add", "key-accounts", "--name", "Key accounts", "--business", "acme", "--json")
    assert made.document == {"group": "key-accounts", "name": "Key accounts", "businesses": ["acme"]}
    assert clarity("groups", "update", "key-accounts", "--add", "globex").out == "key-accounts (Key accounts): acme, globex.\n"
    assert clarity("groups", "list", "--json").document == [made.document | {"businesses": ["acme", "globex"]}]
    assert "Key accounts" in clarity("groups", "list").out
    assert clarity("groups", "remove", "key-accounts").status == 0
    assert "There is no group" in clarity("groups", "list").out


def test_a_command_takes_a_group_for_the_businesses_in_it(clarity: Clarity, world: World) -> None:
    world.connect("globex")
    clarity("groups", "add", "both", "--business", "acme", "--business", "globex")
    key = clarity("keys", "add", "dashboard", "--group", "both", "--json").document
    assert key["businesses"] == ["acme", "globex"]
    clarity("groups", "update", "both", "--take-out", "acme")
    assert clarity("keys", "list", "--json").document[0]["businesses"] == ["acme", "globex"], "what was given stays"
    invited = clarity("panel", "invite", "cleo@x.example", "--role", "client", "--group", "both")
    assert invited.status == 0
    assert clarity("audit", "--json").document[0]["detail"]["businesses"] == ["globex"]


@pytest.mark.parametrize(
    "command",
    [
        ("sync",),
        ("keys", "add", "x"),
        ("rules", "preview"),
        ("panel", "invite", "x@y.example", "--role", "client"),
        ("channels", "add", "slack", "ops"),
    ],
)
def test_a_group_that_is_empty_or_not_there_stops_a_command_before_it_means_everybody(
    clarity: Clarity, command: tuple[str, ...]
) -> None:
    clarity("groups", "add", "shops")
    empty = clarity(*command, "--group", "shops")
    assert (empty.status, "has no business yet" in empty.error) == (2, True)
    unknown = clarity(*command, "--group", "no-such")
    assert (unknown.status, "groups list" in unknown.error) == (2, True)
