"""The news of a failed run for the agency's channels, once a failure. Called by `orchestration.failed_runs`."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from clarity_pipeline.alerts.messages.run_news import FailedRun, message_id, run_news
from clarity_pipeline.alerts.outbox.routing import SEVERITIES
from clarity_pipeline.alerts.outbox.stored_channel import stored_routes
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.messages import outbox


def tell_failed_run(state: StateDatabase, failed: FailedRun, *, implicit: Iterable[str], now: datetime) -> int:
    """Write a message for `implicit` channels and each stored one that hears of all businesses; how many were new."""
    with state.write() as connection:
        agency = [
            route.channel
            for route in stored_routes(connection)
            if route.businesses == "all"
            and not route.for_actions
            and SEVERITIES.index(failed.severity) >= SEVERITIES.index(route.min_severity)
        ]
        written = 0
        for channel in (*implicit, *agency):
            told = sa.exists().where(outbox.c.message_id == message_id(failed, to=channel))
            if not connection.scalar(sa.select(told)):
                connection.execute(sa.insert(outbox).values(run_news(failed, to=channel, written_at=now)))
                written += 1
    return written
