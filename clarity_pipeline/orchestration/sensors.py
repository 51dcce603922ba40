"""What is noticed: new businesses, business-days with fresh aggregates, messages that are due. No sensor ever calls Clarity."""

from datetime import timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from clarity_pipeline.alerts.outbox.due import due
from clarity_pipeline.day.evaluate import known_channels
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.partitions import BUSINESS, unregistered
from clarity_pipeline.settings import utc_now

EVENTS_A_TICK = 500

SETTLE_SECONDS = 5.0
"""An event is read when it is this old. Postgres numbers events before they are committed, so that number 101 may be seen
before number 100, and a cursor moved to 101 would lose 100 for ever."""

JUST_WRITTEN = timedelta(minutes=5)
"""What an evaluation wrote it sends itself, within its patience."""


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Adds each connected business to the partition grid; never removes one, since its history stays.",
)
def register_businesses(context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]) -> dg.SensorResult | dg.SkipReason:
    connected = [business.business_id for business in home.connections.all()]
    new = unregistered(context.instance, connected)
    if not new:
        return dg.SkipReason(f"All {len(connected)} connected businesses are in the grid.")
    return dg.SensorResult(dynamic_partitions_requests=[dg.AddDynamicPartitionsRequest(BUSINESS, new)])


def evaluate_rules_sensor(job: UnresolvedAssetJobDefinition, *, settle_seconds: float = SETTLE_SECONDS) -> dg.SensorDefinition:
    """One evaluation run for all business-days that were aggregated since the last tick.

    A storage-id cursor, because `@asset_sensor` delivers only the last of several events (measured, `docs/design.md#sensors`).
    """

    @dg.sensor(
        name="evaluate_rules",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for one rule_evaluation run for all business_day partitions materialised since the last tick.",
    )
    def evaluate_rules(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        after = int(context.cursor) if context.cursor else None
        found = context.instance.fetch_materializations(
            dg.AssetRecordsFilter(
                asset_key=dg.AssetKey("business_day"),
                after_storage_id=after,
                before_timestamp=utc_now().timestamp() - settle_seconds,
            ),
            limit=EVENTS_A_TICK,
            ascending=True,
        ).records
        if not found:
            return dg.SkipReason("No business_day was materialised since the last evaluation.")
        context.update_cursor(str(found[-1].storage_id))
        keys = sorted({record.partition_key for record in found if record.partition_key})
        return dg.RunRequest(run_config={"ops": {"clarity_rule_evaluations": {"config": {"business_days": keys}}}})

    return evaluate_rules


def deliver_alerts_sensor(job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """One run for what is due of the messages that wait: evaluations alone would try them once a day."""

    @dg.sensor(
        name="deliver_alerts",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for an alert_delivery run when a message is due that could not be delivered before.",
    )
    def deliver_alerts(context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:  # noqa: ARG001
        found = due(home.state, now=utc_now(), written_before=home.clock() - JUST_WRITTEN, channels=known_channels(home))
        if found is None:
            return dg.SkipReason("No message is due.")
        message_id, attempts = found
        return dg.RunRequest(
            run_key=f"{message_id[:16]} {attempts} {utc_now():%Y-%m-%dT%H}"
        )  # again after an hour, should it have been lost

    return deliver_alerts
