"""On which days Clarity's answers to a business differed from what we know of them: once a day, business, kind and name.

Written by `capture` as it reads an answer, read by `status`. Holds names of metrics and fields, never a value.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.contract import Drift, Seen, seen_in
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import MobileAppProject
from clarity_pipeline.clarity.parsed import parse_once
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.again import each_method_again
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.contract import contract_drift, contract_types

_SAID = {
    "unknown_metric": "a metric that is not known here, {name}",
    "missing_metric": "the metric {name} is missing, so what is made of it is NULL",
    "changed_type": "{name} came typed in another way; it is read all the same",
    "new_field": "a field that is not known here, {name}",
    "missing_field": "the field {name} is missing, so what is made of it is NULL",
    "mobile_app": "it speaks of a mobile app ({name}), which is not loaded",
}


def said_of(row: dict[str, Any]) -> str:
    """One difference in words."""
    return _SAID[row["kind"]].format(name=row["name"])


@each_method_again
class ContractDrift:
    """The differences of one state database."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def read(self, body: bytes, *, business_id: str, asked: Slice) -> Answer:
        """Parse an answer that has just come and note how it differs; raises what `parse` raises."""
        refusal: MobileAppProject | None = None
        try:
            answer = parse_once(body, asked=asked)
            seen = seen_in(answer)
        except MobileAppProject as mobile:
            refusal, seen = mobile, Seen((Drift("mobile_app", mobile.vocabulary),), {})
        self._note(business_id, seen)
        if refusal is not None:
            raise refusal
        return answer

    def latest(self, business_id: str) -> list[dict[str, Any]]:
        """What was noted on the last day that anything was: business_id, day, kind, name."""
        columns = (contract_drift.c.business_id, contract_drift.c.day, contract_drift.c.kind, contract_drift.c.name)
        mine = contract_drift.c.business_id == business_id
        newest = sa.select(sa.func.max(contract_drift.c.day)).where(mine).scalar_subquery()
        with self._state.read() as connection:
            rows = connection.execute(sa.select(*columns).where(mine, contract_drift.c.day == newest).order_by(*columns))
            return [dict(row) for row in rows.mappings()]

    def _note(self, business_id: str, seen: Seen) -> None:
        now = self._clock()
        with self._state.read() as connection:
            known = _types(connection, business_id)
            noted = _noted(connection, business_id, now.date())
        changed = {name: sent for name, sent in seen.types.items() if known.get(name) != sent}
        drift = {*seen.drift, *(Drift("changed_type", name) for name in changed if name in known)} - noted
        if not (changed or drift):
            return  # nearly always: no writer is kept waiting
        with self._state.write() as connection:
            drift -= _noted(connection, business_id, now.date())
            mine = contract_types.c.business_id == business_id
            connection.execute(sa.delete(contract_types).where(mine, contract_types.c.name.in_(changed)))
            for name, sent in changed.items():
                values = {"business_id": business_id, "name": name, "json_type": sent, "since": now}
                connection.execute(sa.insert(contract_types).values(values))
            for each in sorted(drift):
                values = {"business_id": business_id, "day": now.date(), "kind": each.kind, "name": each.name, "seen_at": now}
                connection.execute(sa.insert(contract_drift).values(values))


def _types(connection: sa.Connection, business_id: str) -> dict[str, str]:
    query = sa.select(contract_types.c.name, contract_types.c.json_type).where(contract_types.c.business_id == business_id)
    return {row.name: row.json_type for row in connection.execute(query)}


def _noted(connection: sa.Connection, business_id: str, day: date) -> set[Drift]:
    mine = (contract_drift.c.business_id == business_id, contract_drift.c.day == day)
    return {
        Drift(kind, name)
        for kind, name in connection.execute(sa.select(contract_drift.c.kind, contract_drift.c.name).where(*mine))
    }
