"""Evaluations and alerts as others read them: the JSON of `alerts --json`, and Arrow tables for the published file.

Called by the command line and by `publish`. Reads only. pyarrow is imported where it is needed: `alerts` starts without it.
"""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from clarity_pipeline.state import schema
from clarity_pipeline.state.arrow import table_as_arrow
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
    return table_as_arrow(state, schema.rule_evaluations)


def alerts_as_arrow(state: StateDatabase) -> "pa.Table":
    """`clarity_alerts` with its columns."""
    return table_as_arrow(state, schema.alerts)
