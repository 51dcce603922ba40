"""Names of any script, and what is asked in the transaction that stores one."""

import pytest

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock, token_of
from clarity_pipeline_tests.connections.test_audit import _connections

TOKEN: Token = token_of("1")


@pytest.fixture
def connections(state: StateDatabase, clock: HandClock) -> Connections:
    return _connections(state, clock)


@pytest.mark.parametrize("name", ["کتاب\u200cها", "क्\u200dष", "👩\u200d💻 Studio"])
def test_a_name_has_the_joiners_that_its_script_needs(connections: Connections, name: str) -> None:
    assert connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN, name=name).name == name


def test_what_is_asked_in_the_transaction_of_a_change_stops_it(connections: Connections) -> None:
    connections.connect("acme", project_id="yeqkj55zbc", token=TOKEN, name="Acme")

    def refuse(now: Business) -> None:
        raise InvalidBusiness(f"it is {now.name}")

    with pytest.raises(InvalidBusiness, match="it is Acme"):
        connections.update("acme", name="Other", unless=refuse)
    assert connections.get("acme").name == "Acme"
