"""What DuckDB says of a file that is damaged, in our words. Called by `store`, around all that is done with the file.

DuckDB keeps a checksum of each block and says "Corrupt database file" or "Could not read enough bytes" when it comes to one that
is turned over or cut off, be it at opening or in the middle of a statement; of a log, "Failure while replaying WAL file".
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse.errors import WarehouseError, WarehouseRefused, WarehouseUnreadable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DAMAGE = re.compile(r"Corrupt |Could not read enough bytes|not a valid DuckDB database|Failure while replaying WAL|checksum")
_OF_THE_MACHINE = re.compile(r"No space left|Input/output error|Permission denied|Read-only file system|Too many open files")


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Raise `WarehouseUnreadable` for what DuckDB says of damage, and for what the machine refuses it."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        if _OF_THE_MACHINE.search(str(error)) or _DAMAGE.search(str(error)):
            raise at_opening(path, error) from error
        raise


def at_opening(path: Path, error: Exception) -> WarehouseError:
    """What DuckDB means where it cannot open the file at all: the machine is in the way, or the file is damaged."""
    if refused := _OF_THE_MACHINE.search(str(error)):
        return WarehouseRefused(
            f"the machine refuses the warehouse ({refused[0].lower()}): make room, or give back the right to write below"
            " CLARITY_HOME, then run this again; nothing that was loaded is lost"
        )
    return unreadable(path, error)


def refuse_cut(connection: "DuckDBPyConnection", path: Path) -> None:
    """Raise `WarehouseUnreadable` where the file is shorter than the blocks that are in use.

    DuckDB sees that only when it comes to one that is gone, and would write behind the end before. A cut that takes no more than
    free blocks, or the last ones alone, is seen when they are read.
    """
    ((needed,),) = connection.execute("select used_blocks * block_size from pragma_database_size()").fetchall()
    if needed > path.stat().st_size:
        raise unreadable(path, EOFError())


def unreadable(path: Path, error: Exception) -> WarehouseUnreadable:
    """What a person is told, with the one step that cures it."""
    where = "its log is damaged" if "WAL" in str(error) else "it is damaged or cut"
    return WarehouseUnreadable(
        f"DuckDB cannot read {path.name} ({where}, {type(error).__name__}): `clarity-pipeline replay` sets aside what cannot be"
        " read and makes the warehouse anew from the vault, which spends no call"
    )
