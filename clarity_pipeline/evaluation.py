"""From aggregates to alerts: what the job `rule_evaluation`, `sync` and `rules preview` call.

Reads DuckDB once for all business-days and rules, judges in memory, and writes evaluations, incidents and messages in one
transaction of the state database. Sending is a second step, so that a receiver that is down loses nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from clarity_pipeline.alerts.channels.address import WebhookUrlRefused, listed_address
from clarity_pipeline.alerts.channels.channel import Channel, Unusable
from clarity_pipeline.alerts.channels.log import LogChannel
from clarity_pipeline.alerts.channels.posting import Hook
from clarity_pipeline.alerts.channels.webhook import WebhookChannel
from clarity_pipeline.alerts.evaluations import Recorded, judge, record
from clarity_pipeline.alerts.outbox import Delivered, deliver
from clarity_pipeline.alerts.routing import Routes
from clarity_pipeline.alerts.rule_store import StoredRule, list_rules
from clarity_pipeline.alerts.turns import Judgement
from clarity_pipeline.regimes import muted
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.rules.window import MetricSource
from clarity_pipeline.warehouse.aggregates import behavioral_aggregates

PATIENCE_SECONDS = 15.0
"""A receiver that is back within this gets its message in the same run; what takes longer stays due."""

BusinessDay = tuple[str, date]

Metrics = Mapping[str, float | int | None]


@contextmanager
def metric_sources(rooms: Rooms, business_ids: Sequence[str]) -> Iterator[Mapping[str, MetricSource]]:
    """What rules ask of each business; each window is read once for all of them, over one connection.

    A business that is not enabled has no data, whatever is stored (the mission: null when Clarity is not configured).
    """
    enabled = [business.business_id for business in rooms.connections.enabled()]
    asked = sorted(set(business_ids) & set(enabled))
    windows: dict[tuple[date, date], Mapping[str, Metrics]] = {}
    with rooms.warehouse.connect(what="evaluating rules") as connection:

        def source(business_id: str) -> MetricSource:
            def metrics(from_date: date, to_date: date) -> Metrics:
                span = (from_date, to_date)
                if span not in windows:
                    windows[span] = behavioral_aggregates(connection, business_ids=asked, from_date=from_date, to_date=to_date)
                return windows[span].get(business_id, {})

            return metrics

        yield {business_id: source(business_id) for business_id in business_ids}


def judge_business_days(rooms: Rooms, business_days: Sequence[BusinessDay]) -> list[Judgement]:
    """Every enabled rule's verdict on each business-day, unknown during a regime event; nothing is written."""
    rules: Sequence[StoredRule] = list_rules(rooms.state)
    with metric_sources(rooms, sorted({business_id for business_id, _ in business_days})) as sources:
        judgements = [
            judgement
            for business_id, day in business_days
            for judgement in judge(rules, business_id=business_id, as_of=day, metrics=sources[business_id])
        ]
    return muted(judgements, rooms)


def evaluate_business_days(rooms: Rooms, business_days: Sequence[BusinessDay]) -> Recorded:
    """Judge, then write evaluations, incidents and messages; doing it again creates nothing twice."""
    judgements = judge_business_days(rooms, business_days)
    return record(rooms.state, clock=rooms.clock, judgements=judgements, routes=_routes(rooms))


def deliver_messages(rooms: Rooms) -> Delivered:
    """Send what is due on every channel; raise `WebhookUrlRefused` at the end where CLARITY_ALERT_WEBHOOK_URL cannot be used."""
    channels: dict[str, Channel] = {LogChannel.name: LogChannel()}
    channels |= {each.channel_id: rooms.channels.open(each) for each in rooms.channels.all() if each.enabled}
    refused = None
    if rooms.settings.alert_webhook_url:
        try:
            channels[WebhookChannel.name] = WebhookChannel(Hook(listed_address(rooms.settings.alert_webhook_url)))
        except WebhookUrlRefused as error:
            channels[WebhookChannel.name], refused = Unusable(error.reason), error
    delivered = deliver(rooms.state, channels=channels, played=rooms.clock, patience_seconds=PATIENCE_SECONDS)
    if refused is not None:
        raise refused
    return delivered


def _routes(rooms: Rooms) -> Routes:
    """Where messages are written for, whether or not the receiver's address can be used at present."""
    implicit = (LogChannel.name, WebhookChannel.name) if rooms.settings.alert_webhook_url else (LogChannel.name,)
    return Routes(implicit, rooms.channels.routes())
