"""How often each rule was right in real use: what people closed its alerts as. Reads only.

A rule that fires and is answered `not a fault` or `intended` was no help; `ignored` says nothing either way and is counted apart.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alert_standing
from clarity_pipeline.state.schema.rules import rules

LATELY = timedelta(days=365)

_s = alert_standing.c


@dataclass(frozen=True, slots=True)
class Precision:
    """One rule's alerts that were closed in the last year, by outcome."""

    rule_id: str
    rule_name: str
    fixed: int
    not_a_fault: int
    intended: int
    ignored: int

    @property
    def closed(self) -> int:
        """All of them."""
        return self.judged + self.ignored

    @property
    def judged(self) -> int:
        """Those of which somebody said whether it was a fault."""
        return self.fixed + self.not_a_fault + self.intended

    @property
    def share(self) -> float | None:
        """Of the judged ones, how many were faults, 0 to 1; None where none is judged."""
        return self.fixed / self.judged if self.judged else None

    def document(self) -> dict[str, Any]:
        """As programs read it."""
        return {**asdict(self), "closed": self.closed, "judged": self.judged, "share_that_were_faults": self.share}


def precision(state: StateDatabase, *, now: datetime, business_ids: Collection[str] | None = None) -> tuple[Precision, ...]:
    """Of each rule of which an alert was closed in the last year; of some businesses alone, or of all. By rule."""
    which = [_s.closed_at > now - LATELY, *([] if business_ids is None else [_s.business_id.in_(business_ids)])]
    counted = sa.select(_s.rule_id, _s.outcome, sa.func.count().label("many")).where(*which).group_by(_s.rule_id, _s.outcome)
    with state.read() as connection:
        rows = connection.execute(counted).all()
        wanted = {row.rule_id for row in rows}
        named = sa.select(rules.c.rule_id, rules.c.document).where(rules.c.rule_id.in_(wanted))
        names = {row.rule_id: row.document.get("name") for row in connection.execute(named)}
    found: dict[str, dict[str, int]] = {rule_id: {} for rule_id in sorted(wanted)}
    for row in rows:
        found[row.rule_id][row.outcome] = row.many
    return tuple(
        Precision(
            rule_id,
            names.get(rule_id) or rule_id,
            **{name: many.get(name, 0) for name in ("fixed", "not_a_fault", "intended", "ignored")},
        )
        for rule_id, many in found.items()
    )
