"""Groups of businesses: made, named, filled; an empty one never stands for everybody."""

import pytest

from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.groups import EmptyGroup, Groups, InvalidGroup, UnknownGroup
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock
from clarity_pipeline_tests.connections.test_audit import ONE, OTHER, _connections


@pytest.fixture
def two(any_state: StateDatabase, clock: HandClock) -> Connections:
    connections = _connections(any_state, clock)
    connections.connect("acme", project_id="abc1234", token=ONE, actor="cli:anna")
    connections.connect("globex", project_id="def5678", token=OTHER, actor="cli:anna")
    return connections


def test_a_group_is_made_filled_renamed_and_removed_and_each_is_in_the_log(
    any_state: StateDatabase, clock: HandClock, two: Connections
) -> None:
    groups = Groups(any_state, clock=clock)
    made = groups.make("key-accounts", name="  Key   accounts ", business_ids=["globex", "acme", "acme"], actor="cli:anna")
    assert (made.name, made.business_ids) == ("Key accounts", ("acme", "globex"))
    groups.change("key-accounts", name="Large", leaving=["globex"], actor="panel:max@agency.test")
    assert groups.all() == [groups.get("key-accounts")]
    assert (groups.get("key-accounts").name, groups.get("key-accounts").business_ids) == ("Large", ("acme",))
    with pytest.raises(InvalidGroup, match="glbex is not in the group key-accounts; its businesses are acme"):
        groups.change("key-accounts", leaving=["glbex", "acme"], actor="cli:anna")
    groups.change("key-accounts", name="Large", business_ids=["acme"], actor="cli:anna")
    groups.remove("key-accounts", actor="cli:anna")
    assert groups.all() == []
    told = [(each.actor, each.sentence) for each in AuditLog(any_state).found(is_of_installation=True)]
    assert told == [
        ("cli:anna", "removed the group key-accounts"),
        ("panel:max@agency.test", "made the group key-accounts of acme from now on"),
        ("cli:anna", "made the group key-accounts of acme, globex"),
    ], "a change that changes nothing is none"
    assert {each.business_id for each in two.all()} == {"acme", "globex"}


def test_a_group_without_anybody_stands_for_nobody_and_never_for_everybody(any_state: StateDatabase, clock: HandClock) -> None:
    groups = Groups(any_state, clock=clock)
    groups.make("shops", actor="cli:anna")
    assert groups.businesses_of([]) == ()
    with pytest.raises(EmptyGroup, match="no business yet"):
        groups.businesses_of(["shops"])
    with pytest.raises(UnknownGroup):
        groups.businesses_of(["no-such"])


@pytest.mark.parametrize(
    ("group_id", "name", "members", "field"),
    [
        ("Shops", "", (), "group_id"),
        ("shops", "key ACCOUNTS", (), "name"),
        ("key", "", (), "name"),
        ("shops", "a" * 101, (), "name"),
        ("shops", "", ("nobody",), "businesses"),
        ("shops", "", ("\x00",), "businesses"),
    ],
)
def test_what_cannot_be_a_group_is_refused_at_its_field(
    any_state: StateDatabase, clock: HandClock, group_id: str, name: str, members: tuple[str, ...], field: str
) -> None:
    groups = Groups(any_state, clock=clock)
    groups.make("key", name="Key accounts", actor="cli:anna")
    with pytest.raises(ClarityPipelineError) as refused:
        groups.make(group_id, name=name, business_ids=members, actor="cli:anna")
    assert refused.value.field == field  # type: ignore[attr-defined] # both kinds of error have it
    assert [each.group_id for each in groups.all()] == ["key"]


def test_two_who_change_different_things_of_a_group_both_keep_theirs(
    any_state: StateDatabase, clock: HandClock, two: Connections
) -> None:
    groups = Groups(any_state, clock=clock)
    groups.make("key", actor="cli:anna")
    groups.change("key", joining=["acme"], actor="cli:anna")
    groups.change("key", joining=["globex"], actor="cli:ben")
    assert groups.get("key").business_ids == tuple(each.business_id for each in two.all())
    with pytest.raises(InvalidGroup):
        groups.change("key", joining=["initech"], actor="cli:ben")
