"""Groups of businesses: a name for some of them, so that what is meant for many is said once.

Kept by the command `groups` and the panel's page of that name; read wherever businesses are chosen or filtered. A group is a way
to choose: a rule, a channel or a key that was given to one has the businesses that were in it then, and says so by their names.
Who is in a group sees nothing of it: groups are the agency's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from clarity_pipeline.clarity.names import some_of
from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline.connections.credentials import checked_name, is_slug
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.groups import business_group_members, business_groups

_g, _m = business_groups.c, business_group_members.c


class InvalidGroup(ClarityPipelineError):
    """A group that cannot be; nothing was stored. `field` is which of its parts is wrong."""

    reason = "invalid_group"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownGroup(ClarityPipelineError):
    """No group has that short name."""

    reason = "unknown_group"


class EmptyGroup(ClarityPipelineError):
    """Nobody is in the group that something was meant for."""

    reason = "empty_group"


@dataclass(frozen=True, slots=True)
class Group:
    """Some businesses, by slug in the order of the alphabet; none while nobody has filled it."""

    group_id: str
    name: str
    business_ids: tuple[str, ...]


class Groups:
    """The groups of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def all(self) -> list[Group]:
        """Every group, by name."""
        with self._state.read() as connection:
            return sorted(_groups(connection), key=lambda each: (each.name.casefold(), each.group_id))

    def get(self, group_id: str) -> Group:
        """One group, or `UnknownGroup`."""
        with self._state.read() as connection:
            return _one(connection, group_id)

    def businesses_of(self, group_ids: Iterable[str]) -> tuple[str, ...]:
        """Who is in any of these groups, each once.

        Raises `UnknownGroup`, and `EmptyGroup` where a group has nobody: no business must never be read as every business.
        """
        found: dict[str, None] = {}
        for each in map(self.get, group_ids):
            if not each.business_ids:
                raise EmptyGroup(f"The group {each.name} has no business yet; put some into it, or choose another")
            found |= dict.fromkeys(each.business_ids)
        return tuple(found)

    def make(self, group_id: str, *, name: str = "", business_ids: Collection[str] = (), actor: Actor) -> Group:
        """A new group; without a name it has its short one for a name. Raises `InvalidGroup`."""
        if not is_slug(group_id):
            raise InvalidGroup(
                "A group's short name is 1 to 63 of a-z, 0-9, - and _, and begins with a letter or digit, such as key-accounts",
                field="group_id",
            )
        with self._state.write() as connection:
            if any(each.group_id == group_id for each in _groups(connection)):
                raise InvalidGroup(f"There is a group {group_id} already; change that one, or choose another name", field="name")
            group = Group(group_id, _free_name(connection, name or group_id), _known(connection, business_ids))
            values = {"group_id": group_id, "name": group.name, "created_at": self._clock()}
            connection.execute(sa.insert(business_groups).values(**values))
            self._fill(connection, group, "group_made", actor)
        return group

    def change(
        self,
        group_id: str,
        *,
        name: str | None = None,
        business_ids: Collection[str] | None = None,
        joining: Collection[str] = (),
        leaving: Collection[str] = (),
        actor: Actor,
    ) -> Group:
        """Another name, other businesses (`business_ids` are all of them), or both; what is None stays.

        Raises `UnknownGroup`, `InvalidGroup`.
        """
        with self._state.write() as connection:
            was = _one(connection, group_id)
            if strangers := sorted(set(leaving) - set(was.business_ids)):
                raise InvalidGroup(
                    f"{some_of(strangers)} is not in the group {group_id}; its businesses are {_those(was)}", field="businesses"
                )
            wanted = {*(was.business_ids if business_ids is None else business_ids), *joining} - set(leaving)
            called = was.name if name is None else _free_name(connection, name, but=group_id)
            now = Group(group_id, called, _known(connection, wanted, kept=was.business_ids))
            if now != was:
                connection.execute(sa.update(business_groups).where(_g.group_id == group_id).values(name=now.name))
                self._fill(connection, now, "group_changed", actor)
        return now

    def remove(self, group_id: str, *, actor: Actor) -> Group:
        """Forget a group; its businesses, and what was given to them, stay. Raises `UnknownGroup`."""
        with self._state.write() as connection:
            was = _one(connection, group_id)
            connection.execute(sa.delete(business_group_members).where(_m.group_id == group_id))
            connection.execute(sa.delete(business_groups).where(_g.group_id == group_id))
            note(connection, "group_removed", at=self._clock(), business_id=None, actor=actor, group=group_id)
        return was

    def _fill(self, connection: sa.Connection, group: Group, action: Action, actor: Actor) -> None:
        connection.execute(sa.delete(business_group_members).where(_m.group_id == group.group_id))
        if group.business_ids:
            rows = [{"group_id": group.group_id, "business_id": each} for each in group.business_ids]
            connection.execute(sa.insert(business_group_members), rows)
        detail = {"group": group.group_id, "businesses": list(group.business_ids)}

        note(connection, action, at=self._clock(), business_id=None, actor=actor, **detail)


def _those(group: Group) -> str:
    return some_of(group.business_ids) or "none yet"


def _groups(connection: sa.Connection) -> list[Group]:
    members: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(business_group_members).order_by(_m.business_id)):
        members.setdefault(row.group_id, []).append(row.business_id)
    rows = connection.execute(sa.select(_g.group_id, _g.name))
    return [Group(row.group_id, row.name, tuple(members.get(row.group_id, ()))) for row in rows]


def _one(connection: sa.Connection, group_id: str) -> Group:
    found = next((each for each in _groups(connection) if each.group_id == group_id), None)
    if found is None:
        called = group_id if is_slug(group_id) else "of that name"
        raise UnknownGroup(f"There is no group {called}; `clarity-pipeline groups list` shows them")
    return found


def _free_name(connection: sa.Connection, text: str, *, but: str | None = None) -> str:
    name = checked_name(text)
    if not name:
        raise InvalidGroup("A group needs a name, such as Key accounts", field="name")
    if any(each.name.casefold() == name.casefold() and each.group_id != but for each in _groups(connection)):
        raise InvalidGroup("There is a group of that name already; change that one, or choose another name", field="name")
    return name


def _known(connection: sa.Connection, business_ids: Collection[str], *, kept: Collection[str] = ()) -> tuple[str, ...]:
    """Those that are businesses; who was in it before stays allowed."""
    known = {*connection.scalars(sa.select(business_config.c.business_id)), *kept}
    if wrong := next((each for each in business_ids if each not in known), None):
        called = wrong if is_slug(wrong) else "one that was named"
        raise InvalidGroup(f"There is no business {called}; look at the list again", field="businesses")
    return tuple(sorted(set(business_ids)))
