"""The alerts of one business that last, for its Overview. Called by `business_view`."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.rules import rules


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert, under the name of its rule where that still exists; `about` is the page or ad entity, from a stranger."""

    alert_id: str
    name: str
    severity: str
    state: str
    opened_on: Any
    resolved_on: Any
    summary: str
    about: str


_WORST_FIRST = sa.case({"critical": 0, "warning": 1}, value=alerts.c.severity, else_=2)


def open_alerts(state: StateDatabase, business_id: str) -> list[ShownAlert]:
    """Those that people were told of and that last, the worst first."""
    query = _of(business_id, "firing").order_by(_WORST_FIRST, alerts.c.opened_on.desc(), alerts.c.alert_id)
    return _shown(state, query)


def count_open(state: StateDatabase, business_id: str) -> int:
    """How many last."""
    query = sa.select(sa.func.count()).where(alerts.c.business_id == business_id, alerts.c.state == "firing")
    with state.read() as connection:
        return connection.scalar(query) or 0


def _of(business_id: str, in_state: str) -> Any:
    named = sa.select(alerts, rules.c.document).join(rules, rules.c.rule_id == alerts.c.rule_id, isouter=True)
    return named.where(alerts.c.business_id == business_id, alerts.c.state == in_state)


def _shown(state: StateDatabase, query: Any) -> list[ShownAlert]:
    with state.read() as connection:
        return [
            ShownAlert(
                row.alert_id,
                (row.document or {}).get("name", row.rule_id),
                row.severity,
                row.state,
                row.opened_on,
                row.resolved_on,
                row.summary,
                about=row.entity_name or row.entity,
            )
            for row in connection.execute(query)
        ]
