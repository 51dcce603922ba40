"""Evaluations and alerts as others read them: the JSON of `alerts --json`, and Arrow tables for the published file.

Called by the command line and by `publish`. Reads only. pyarrow is imported where it is needed: `alerts` starts without it.
"""

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clarity_pipeline.state import schema
from clarity_pipeline.state.database import StateDatabase

if TYPE_CHECKING:
    import pyarrow as pa


def list_alerts(state: StateDatabase) -> list[dict[str, Any]]:
    """One document an alert, oldest first: business, rule, severity, state, since, last_evaluated, summary; dates as ISO text."""
    table = schema.alerts
    with state.read() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.opened_on, table.c.business_id, table.c.rule_id)).all()
    return [
        {
            "business": row.business_id,
            "rule": row.rule_id,
            "severity": row.severity,
            "state": row.state,
            "since": row.opened_on.isoformat(),
            "last_evaluated": row.last_evaluated_on.isoformat(),
            "summary": row.summary,
        }
        for row in rows
    ]


def evaluations_as_arrow(state: StateDatabase) -> "pa.Table":
    """`clarity_rule_evaluations` with its columns; `evidence` is JSON text."""
    return _as_arrow(state, schema.rule_evaluations)


def alerts_as_arrow(state: StateDatabase) -> "pa.Table":
    """`clarity_alerts` with its columns."""
    return _as_arrow(state, schema.alerts)


def _as_arrow(state: StateDatabase, table: sa.Table) -> "pa.Table":
    """A table in the order of its key, the types taken from its columns, so that an empty one has them too."""
    import pyarrow as pa

    arrow_types = {
        sa.Text: pa.string(),
        sa.JSON: pa.string(),
        sa.Integer: pa.int64(),
        sa.Date: pa.date32(),
        schema.UTCDateTime: pa.timestamp("us", tz="UTC"),
    }
    shape = pa.schema([(column.name, arrow_types[type(column.type)]) for column in table.columns])
    texts = [column.name for column in table.columns if isinstance(column.type, sa.JSON)]
    with state.read() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
    for row in rows:
        row.update({name: json.dumps(row[name], sort_keys=True) for name in texts})
    return pa.Table.from_pylist(rows, schema=shape)
