"""The columns of each table that an asset makes, with types, meanings and, of a mart, what each is made of.

The Dagster UI shows them on the asset. They are written down, so that nothing opens DuckDB when Dagster loads the definitions.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from clarity_pipeline import orchestration
from clarity_pipeline.clarity.measures import meaning
from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.rows import named

LANES = "clarity_daily_metrics"
TABLES = (
    LANES,
    *MARTS,
    "ad_entities",
    "experiments",
    "experiment_quality",
    "clarity_regime_events",
    "clarity_rule_evaluations",
    "clarity_alerts",
)
FILE = Path(str(orchestration.__file__)).parent / "columns.json"
_WORD = re.compile(r"[a-z_]+")
_QUOTED = re.compile(r"'[^']*'|--[^\n]*")


def stale() -> dict[Path, str]:
    """The file, where it is not what the tables say."""
    wanted = json.dumps(_columns(), indent=1) + "\n"
    return {} if FILE.exists() and FILE.read_text(encoding="utf-8") == wanted else {FILE: wanted}


def _columns() -> dict[str, list[dict[str, object]]]:
    with duckdb.connect() as connection:
        schema.bring_up(connection)
        found = connection.execute(
            "select table_name, column_name, data_type, coalesce(comment, '') as comment from duckdb_columns()"
            " where not internal order by table_name, column_index"
        )
        rows = list(named(found))
    lanes = {row["column_name"] for row in rows if row["table_name"] == LANES}
    described: dict[str, list[dict[str, object]]] = {name: [] for name in TABLES}
    for row in rows:
        if (table := row["table_name"]) not in described:
            continue
        column = row["column_name"]
        said = {"name": column, "type": row["data_type"].lower(), "meaning": row["comment"] or meaning(column)}
        made_of = sorted(_made_of(MARTS[table].select, column, lanes)) if table in MARTS else []
        described[table].append(said | ({"of": made_of} if made_of else {}))
    return described


def _made_of(select: str, column: str, lanes: set[str]) -> set[str]:
    """The columns of the lane that a column of a mart names in its expression; of another lane's sums nothing is said."""
    for expression in _expressions(select):
        if expression == column or re.search(rf"\bas {column}$", expression):
            words = {*_WORD.findall(expression.removesuffix(f" as {column}"))}
            return set() if any(word.endswith("_time_sum") for word in words) else words & lanes
    return set()


def _expressions(select: str) -> Iterator[str]:
    """What stands between the commas of the outermost list of the statement's last select."""
    text = _QUOTED.sub("", select)
    body = text[text.rindex("\nselect\n") + len("\nselect\n") : text.rindex("\nfrom ")]
    depth, start = 0, 0
    for place, character in enumerate(body):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            yield " ".join(body[start:place].split())
            start = place + 1
    yield " ".join(body[start:].split())
