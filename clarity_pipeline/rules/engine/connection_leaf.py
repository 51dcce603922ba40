"""The leaf that asks how the connection to Clarity is, which no metric tells. Pure.

Whether there is data for the day is in the days themselves, so that is known of every past day. Whether the token was rejected
or the connection stale is known of now alone: of an earlier day the answer is unknown, and no backtest makes one up.
"""

from clarity_pipeline.rules.engine.evidence import Evidence, Truth
from clarity_pipeline.rules.engine.known import View
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.language.leaves import Connection
from clarity_pipeline.rules.language.metric import CONNECTION

_SAY = {
    "stale": "no lane has come through for more than 36 hours",
    "rejected": "Clarity rejects the token, or it has expired",
    "missing_data": "there is no data for the day",
}


def connection(leaf: Connection, view: View) -> Seen:
    """Whether the connection is in the asked state."""
    has_data = view.days("business").version(view.as_of) is not None
    known = view.known
    verdict: Truth = None
    if leaf.state == "missing_data":
        verdict = not has_data
    elif known.connection is not None and known.connection_on == view.as_of:
        verdict = leaf.state in known.connection
    note = None if verdict is not None else f"how the connection was on {view.as_of} is not kept"

    def tell(path: str, supports: bool) -> Evidence:
        return Evidence(
            path=path,
            metric=CONNECTION.name,
            from_date=view.as_of,
            to_date=view.as_of,
            days_with_data=int(has_data),
            value=None if verdict is None else float(verdict),
            operator="at_least",
            threshold=1.0,
            verdict=verdict,
            supports=supports,
            note=note,
            kind="connection",
            said=_SAY[leaf.state] if verdict else None,
        )

    return Seen(verdict, note, tell)
