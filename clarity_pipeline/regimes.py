"""Regime events of businesses, told anew from their days: what the asset `clarity_regime_events`, `sync` and `replay` call.

And which rules have no answer because of them. The fold is `trust.regime`, the rows are `warehouse.regime`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from clarity_pipeline.alerts.turns import Judgement
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.rules.evidence import Evaluation
from clarity_pipeline.trust.regime import Day, Event, fold, mutes
from clarity_pipeline.warehouse import regime

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def tell_regimes(rooms: Rooms, connection: "DuckDBPyConnection") -> int:
    """Write the events of every business; how many there are. A pure function of its days and of when it was connected."""
    connected = {each.business_id: each.created_at.date() for each in rooms.connections.all()}
    history: dict[str, list[Day]] = defaultdict(list)
    for business_id, day, sessions, bots, pages, hosts in regime.days(connection, sorted(connected)):
        history[business_id].append(Day(day, sessions, bots, pages, tuple(tuple(pair) for pair in hosts)))
    events = {business_id: fold(history[business_id], connected_on=on) for business_id, on in connected.items()}
    return regime.replace_events(connection, {name: [asdict(event) for event in found] for name, found in events.items()})


def muted(judgements: Sequence[Judgement], rooms: Rooms) -> list[Judgement]:
    """The judgements, unknown where an event of that business holds on that day; the reason names it, the evidence stays."""
    business_ids = sorted({each.business_id for each in judgements})
    if not business_ids:
        return list(judgements)
    events: dict[str, list[Event]] = defaultdict(list)
    with rooms.warehouse.connect(what="reading regime events") as connection:
        for row in regime.events(connection, business_ids):
            events[row.pop("business_id")].append(Event(**row))
    return [_muted(each, events[each.business_id]) for each in judgements]


def _muted(judgement: Judgement, events: Sequence[Event]) -> Judgement:
    evaluation = judgement.evaluation
    compares = any(leaf.ratio is not None for leaf in evaluation.evidence)
    metrics = frozenset(leaf.metric for leaf in evaluation.evidence)
    because = [each for each in events if each.holds_on(judgement.date) and mutes(each, compares=compares, metrics=metrics)]
    if not because:
        return judgement
    names = "; ".join(f"{each.kind} since {each.started_on}: {each.evidence}" for each in because)
    silent = Evaluation(outcome="unknown", reason=f"muted while this lasts: {names}", evidence=evaluation.evidence)
    return replace(judgement, evaluation=silent)
