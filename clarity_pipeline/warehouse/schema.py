"""The layout of the warehouse file, and how an older file is brought to it. Called by `store` whenever it opens the file.

A step is a file of `sql/steps`: `0013_say_what.sql` brings a file of layout 12 to layout 13. To change a table, add the next one.
A step that was released never changes and reads nothing that does: it made the files that are out there, and makes the next empty
one in just the same way. Marts, views and macros are no part of the layout: they follow their own SQL (`derived`).
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.warehouse import derived
from clarity_pipeline.warehouse.errors import WarehouseTooNew
from clarity_pipeline.warehouse.statements import names, statement
from clarity_pipeline.warehouse.transaction import settled, transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the tables: what it runs, and the `layout` that a file has after it, which is its place among the steps."""

    layout: int
    name: str

    @property
    def sql(self) -> str:
        """The text of its file."""
        return statement(f"steps/{self.name}")


@cache
def steps() -> tuple[Step, ...]:
    """All steps in their order."""
    return tuple(Step(int(name.partition("_")[0]), name) for name in names("steps"))


def make(connection: "DuckDBPyConnection") -> None:
    """Make an empty file of this release, by all steps in one transaction: nobody sees that file before it is whole."""
    with transaction(connection):
        for step in steps():
            _take(connection, step)
        derived.make(connection, len(steps()))


def bring_up(connection: "DuckDBPyConnection") -> None:
    """Take the steps that the file has not taken, then let marts, views and macros follow; `WarehouseTooNew` if it took more.

    Each step and each mart is a transaction of its own with a checkpoint behind it: a crash costs one of them and the next
    opening goes on from there; and the log, which a killed process may leave behind for long, holds one of them at most.
    """
    known = len(steps())
    if derived.follows(connection, known):
        return
    taken = version(connection)
    if taken > known:
        raise WarehouseTooNew(f"the warehouse has layout {taken} and this release knows {known}: install the newer release")
    for step in steps()[taken:]:
        with settled(connection, f"step_{step.layout}"):
            _take(connection, step)
    derived.follow(connection, known)


def _take(connection: "DuckDBPyConnection", step: Step) -> None:
    connection.execute(step.sql)
    failpoint(f"step_{step.layout}_made")
    connection.execute("insert into clarity_schema_versions values ($layout)", {"layout": step.layout})


def version(connection: "DuckDBPyConnection") -> int:
    """How many steps the file has taken; 0 for an empty one."""
    import duckdb

    try:
        ((newest,),) = connection.execute("select max(version) from clarity_schema_versions").fetchall()
    except duckdb.CatalogException:
        return 0
    return int(newest)
