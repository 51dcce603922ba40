"""Regime events of businesses, told anew from their days: what the asset `clarity_regime_events` and `replay` call.

The fold is `trust.regime`, the rows are `warehouse.regime`; `rules.engine.evaluate` says which rules have no answer meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from clarity_pipeline.connections.business import Business
from clarity_pipeline.trust.regime import Day, fold
from clarity_pipeline.warehouse import regime

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def tell_regimes(connection: "DuckDBPyConnection", businesses: Iterable[Business]) -> int:
    """Write the events of every business; how many there are. A pure function of its days and of when it was connected."""
    connected = {each.business_id: each.created_at.date() for each in businesses}
    history: dict[str, list[Day]] = defaultdict(list)
    for row in regime.days(connection, sorted(connected)):
        hosts = tuple((host["host"], host["sessions"]) for host in row["hosts"])
        day = Day(row["date"], row["sessions"], row["bot_sessions"], row["pages_per_session"], hosts)
        history[row["business_id"]].append(day)
    events = {business_id: fold(history[business_id], connected_on=on) for business_id, on in connected.items()}
    return regime.replace_events(connection, {name: [asdict(event) for event in found] for name, found in events.items()})
