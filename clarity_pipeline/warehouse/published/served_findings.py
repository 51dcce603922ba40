"""Findings about data of a business as they are served. Called by `panel`."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import serving_findings

_c = serving_findings.c


def served_findings(state: StateDatabase, business_id: str, *, from_date: date, to_date: date) -> list[dict[str, Any]]:
    """Rows of `clarity_findings` between the dates, both included, the newest date first; by column."""
    query = sa.select(serving_findings).where(_c.business_id == business_id, _c.date.between(from_date, to_date))
    with state.read() as connection:
        return [
            {"business_id": business_id, "date": row.date, **found, "since": date.fromisoformat(found["since"])}
            for row in connection.execute(query.order_by(_c.date.desc()))
            for found in row.findings
        ]
