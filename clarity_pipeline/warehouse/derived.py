"""What follows from the tables: spellings, marts, views and macros. Called by `schema` once all steps are taken.

No step reads their SQL, which changes. Here it is held against the file: a mart whose select was changed, or no longer yields the
columns of its table, is made anew, and so are the findings that follow from rows; views and macros, which hold no rows, are all
replaced. `clarity_schema_digests` says in the file by which SQL it was made, so that a file that follows costs one look.
"""

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.normalize.spellings import SPELLINGS_VERSION
from clarity_pipeline.warehouse import findings
from clarity_pipeline.warehouse.marts import MARTS, Mart, has_columns_of_select, make_anew
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.spellings import note_all_anew
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.transaction import settled

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

VIEWS_AND_MACROS = (
    "macros/sum_over_sum",
    "macros/dates_behind",
    "macros/business_behavioral_aggregates",
    "macros/url_behavioral_aggregates",
    "macros/site_behavioral_aggregates",
    "macros/ad_entity_behavioral_aggregates",
    "macros/clarity_daily_metrics_as_known_at",
    "views/latest_business_day",
    "views/lane_coverage",
)
_EVERYTHING = "everything"
_SPELLINGS = "value_spellings"


def follows(connection: "DuckDBPyConnection", layout: int) -> bool:
    """Whether the file has `layout` and all that this release makes of it; False for a file that cannot tell."""
    import duckdb

    try:  # asking the catalogue first takes 8 ms of every connection, measured
        noted = connection.execute("select digest from clarity_schema_digests where name = 'everything'")
    except duckdb.CatalogException:
        return False
    return noted.fetchall() == [(_digest_of_everything(layout),)]


def make(connection: "DuckDBPyConnection", layout: int) -> None:
    """Make all of it in an empty file, in the caller's transaction."""
    _note(connection, _SPELLINGS, str(SPELLINGS_VERSION))
    for mart in MARTS.values():
        _make_mart(connection, mart)
    _find_anew(connection)
    _replace_views_and_macros(connection, layout)


def follow(connection: "DuckDBPyConnection", layout: int) -> None:
    """Bring to their SQL what does not follow it; each mart is a transaction of its own."""
    made_by = {row["name"]: row["digest"] for row in named(connection.execute("select name, digest from clarity_schema_digests"))}
    if made_by.get(_SPELLINGS) != str(SPELLINGS_VERSION):
        with settled(connection, _SPELLINGS):
            note_all_anew(connection)
            _note(connection, _SPELLINGS, str(SPELLINGS_VERSION))
        made_by = {}  # the marts add up by them
    for mart in MARTS.values():
        if made_by.get(mart.name) != _digest(mart.select) or not has_columns_of_select(connection, mart):
            with settled(connection, mart.name):
                _make_mart(connection, mart)
    if made_by.get(findings.TABLE) != _digest(*map(statement, findings.OF_ROWS)):
        with settled(connection, findings.TABLE):
            _find_anew(connection)
    with settled(connection, "views_and_macros"):
        _replace_views_and_macros(connection, layout)


def _make_mart(connection: "DuckDBPyConnection", mart: Mart) -> None:
    make_anew(connection, mart)
    failpoint(f"{mart.name}_made")
    _note(connection, mart.name, _digest(mart.select))


def _find_anew(connection: "DuckDBPyConnection") -> None:
    findings.make_anew(connection)
    failpoint(f"{findings.TABLE}_made")
    _note(connection, findings.TABLE, _digest(*map(statement, findings.OF_ROWS)))


def _replace_views_and_macros(connection: "DuckDBPyConnection", layout: int) -> None:
    for name in VIEWS_AND_MACROS:
        connection.execute(statement(name))
    failpoint("views_and_macros_made")
    _note(connection, _EVERYTHING, _digest_of_everything(layout))


def _note(connection: "DuckDBPyConnection", name: str, digest: str) -> None:
    connection.execute("delete from clarity_schema_digests where name = $name", {"name": name})
    connection.execute("insert into clarity_schema_digests values ($name, $digest)", {"name": name, "digest": digest})


@cache
def _digest_of_everything(layout: int) -> str:
    """Of the layout and of every text, since a view is stale as soon as a table or a mart below it changes."""
    texts = map(statement, (*VIEWS_AND_MACROS, *findings.OF_ROWS))
    return _digest(str(layout), str(SPELLINGS_VERSION), *(mart.select for mart in MARTS.values()), *texts)


def _digest(*texts: str) -> str:
    """SHA-256 of what the texts do: comments and white space aside."""
    lines = (line.partition("--")[0] for text in texts for line in text.splitlines())
    return hashlib.sha256(" ".join(" ".join(lines).split()).encode()).hexdigest()
