"""What lies in the DuckDB file, from the catalogue of an empty one; what a row is, from the head of each SQL file."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from clarity_pipeline.clarity.measures import meaning as meaning_of_column
from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import meaning
from references import markdown
from references.markdown import plain, table

OPENING = """\
What `published/clarity.duckdb` holds. [For analysts](../analysts.md) says how to read it, and what not to add up."""

TITLES = {"tables": "Tables", "marts": "Marts", "views": "Views", "macros": "Macros"}
TEXTS = {
    "tables": "What was loaded, and what is known about it.",
    "marts": "Sums of one lane each, made anew with every load.",
    "views": "Questions that many ask.",
    "macros": "Called like a table: `from business_behavioral_aggregates('acme', date '2026-11-01', date '2026-11-07')`.",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """A table, mart, view or macro: `kind` is also the folder of its SQL file; columns are name, type, comment."""

    kind: str
    name: str
    columns: tuple[tuple[str, str, str], ...]
    parameters: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """Its name, of a macro with what it is asked."""
        return f"{self.name}({', '.join(self.parameters)})" if self.kind == "macros" else self.name


def page() -> str:
    """The reference of the DuckDB file."""
    with duckdb.connect() as connection:
        schema.bring_up(connection)
        found = [*_tables(connection), *_macros(connection)]
    parts = []
    for kind, title in TITLES.items():
        parts.append(f"## {title}\n\n{TEXTS[kind]}")
        parts.extend(_section(thing) for thing in found if thing.kind == kind)
    return markdown.page("Tables, views and macros", OPENING, *parts)


def _section(thing: Thing) -> str:
    head = meaning(f"{thing.kind}/{thing.name}")
    thing_columns = [(name, kind, comment or meaning_of_column(name)) for name, kind, comment in thing.columns]
    has_comments = any(comment for _, _, comment in thing_columns)
    titles = ("column", "type", "meaning") if has_comments else ("column", "type")
    rows = ([f"`{name}`", kind.lower(), plain(comment)][: len(titles)] for name, kind, comment in thing_columns)
    section = f"### {thing.heading} {{#{thing.name}}}\n\n{plain(head)}"
    return f"{section}\n\n{table(titles, rows)}" if thing.columns else section


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[Thing]:
    views = {name for (name,) in connection.execute("select view_name from duckdb_views() where not internal").fetchall()}
    columns: dict[str, list[tuple[str, str, str]]] = {}
    found = connection.execute(
        "select table_name, column_name, data_type, coalesce(comment, '') as comment from duckdb_columns() where not internal"
        " order by table_name, column_index"
    )
    for row in named(found):
        columns.setdefault(row["table_name"], []).append((row["column_name"], row["data_type"], row["comment"]))
    for owner, described in columns.items():
        kind = "views" if owner in views else "marts" if owner in MARTS else "tables"
        yield Thing(kind, owner, tuple(described))


def _macros(connection: duckdb.DuckDBPyConnection) -> Iterator[Thing]:
    for name, kind, parameters in connection.execute(
        "select function_name, function_type, parameters from duckdb_functions() where not internal order by 1"
    ).fetchall():
        if kind == "macro":  # one value, where a table macro is a table
            yield Thing("macros", name, (), tuple(parameters))
            continue
        nothing = ", ".join("null" for _ in parameters)
        described = connection.execute(f"describe from {name}({nothing})").fetchall()
        yield Thing("macros", name, tuple((column, kind, "") for column, kind, *_ in described), tuple(parameters))
