"""What of the state database holds something that people typed or that came from a site, and its going.

Every text of every table is looked into, so that no table is left out by being new. Accounts are left to who keeps them, and so
are the names of businesses; both are said.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.upkeep.forget.sought import Sought

_OF_OTHERS = ("clarity_panel_", "clarity_api_keys", "clarity_business_config")
_NOT_TEXT = ("ciphertext", "sha256", "fingerprint", "business_id", "slice")


def tables_with(state: StateDatabase, sought: Sought) -> dict[str, int]:
    """By table, how many of its rows have it; those of accounts and businesses too."""
    found = {}
    for table in every_table().sorted_tables:
        with state.read() as connection:
            if count := sum(1 for _ in _rows_with(connection, table, sought)):
                found[table.name] = count
    return found


def is_of_others(table_name: str) -> bool:
    """Whether its rows are changed where they are kept: accounts in the panel, businesses by `update`."""
    return table_name.startswith(_OF_OTHERS)


def take_out(connection: sa.Connection, sought: Sought) -> None:
    """In the caller's transaction: a text is written without it; a row that is known by it goes."""
    for table in every_table().sorted_tables:
        if is_of_others(table.name):
            continue
        for row in list(_rows_with(connection, table, sought)):
            _take_out_of(connection, table, row, sought)


def _take_out_of(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any], sought: Sought) -> None:
    this = sa.and_(*(column == row[column.name] for column in table.primary_key))
    if any(sought.is_in(str(row[column.name])) for column in table.primary_key):
        connection.execute(sa.delete(table).where(this))
        return
    anew = {name: _without(value, sought) for name, value in row.items() if _has(value, sought)}
    try:
        with connection.begin_nested():
            connection.execute(sa.update(table).where(this).values(anew))
    except sa.exc.IntegrityError:  # another row is called FORGOTTEN already: this one has nothing of its own left
        connection.execute(sa.delete(table).where(this))


def _rows_with(connection: sa.Connection, table: sa.Table, sought: Sought) -> Iterator[Mapping[str, Any]]:
    texts = [each for each in table.c if isinstance(each.type, sa.Text | sa.JSON) and not each.name.endswith(_NOT_TEXT)]
    if not texts:
        return
    columns = list(dict.fromkeys([*table.primary_key, *texts]))
    for row in connection.execution_options(yield_per=2000).execute(sa.select(*columns)).mappings():
        if any(_has(row[each.name], sought) for each in texts):
            yield {each.name: row[each.name] for each in columns}


def _has(value: Any, sought: Sought) -> bool:
    match value:
        case str():
            return sought.is_in(value)
        case dict():
            return any(_has(each, sought) for pair in value.items() for each in pair)
        case list():
            return any(_has(each, sought) for each in value)
    return False


def _without(value: Any, sought: Sought) -> Any:
    match value:
        case str():
            return sought.taken_out(value)[0]
        case dict():
            return {_without(key, sought): _without(each, sought) for key, each in value.items()}
        case list():
            return [_without(each, sought) for each in value]
    return value
