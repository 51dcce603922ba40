"""Who took the ten calls of a project's day, our own tries or somebody else, as the ledger says. Called by `diagnose`."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.connections.business import Business
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import quota_calls

OURS_LEAST = CALLS_A_DAY // 2
"""Where our own tries took so many, a 429 says little of anybody else."""


def who_took_them(state: StateDatabase, businesses: Collection[Business], *, day: date) -> dict[str, str]:
    """By business whose project has a call in the ledger of that UTC day: who took the calls, for a person."""
    c = quota_calls.c
    query = sa.select(c.quota_key, c.state, c.purpose).where(c.day == day)
    taken: dict[str, Counter[str]] = defaultdict(Counter)
    with state.read() as connection:
        for quota_key, slot_state, purpose in connection.execute(query):
            taken[quota_key]["external" if slot_state == "external" else purpose] += 1
    return {each.business_id: _said(taken[each.quota_key]) for each in businesses if each.quota_key and taken.get(each.quota_key)}


def _said(taken: Counter[str]) -> str:
    external = taken["external"]
    ours = ", ".join(f"{purpose} {count}" for purpose, count in sorted(taken.items()) if purpose != "external" and count)
    own = sum(taken.values()) - external
    if not external:
        return f"our own tries took {own} of the day's ten calls ({ours}) and nobody else any, see `clarity-pipeline quota`"
    if own >= OURS_LEAST:
        return (
            f"{own} of the day's ten calls were our own tries ({ours}), and Clarity allowed no more: at most {external} were"
            " somebody else's, see `clarity-pipeline quota`"
        )
    mine = f"{own} {'was' if own == 1 else 'were'} ours ({ours})" if own else "none was ours"
    return f"somebody else uses the project's ten calls, {external} of this day; {mine}, see `clarity-pipeline quota`"
