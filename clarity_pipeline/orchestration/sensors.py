"""What is noticed: new businesses, business-days with fresh numbers, messages that are due. No sensor ever calls Clarity."""

from collections.abc import Iterable, Sequence
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
    description="Adds each business with a Clarity project to the partition grid; never removes one: its history stays.",
)
def register_businesses(context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]) -> dg.SensorResult | dg.SkipReason:
    connected = [business.business_id for business in home.connections.all() if not business.has_imports_alone]
    new = unregistered(context.instance, connected)
    if not new:
        return dg.SkipReason(f"All {len(connected)} connected businesses are in the grid.")
    return dg.SensorResult(dynamic_partitions_requests=[dg.AddDynamicPartitionsRequest(BUSINESS, new)])


def evaluate_rules_sensor(job: UnresolvedAssetJobDefinition, *, settle_seconds: float = SETTLE_SECONDS) -> dg.SensorDefinition:
    """One evaluation run for all business-days that were aggregated or imported since the last tick.

    Spend comes hours after Clarity's midnight, and a business may have imports alone. A storage-id cursor over both, because
    `@asset_sensor` delivers only the last of several events (measured, `docs/design.md#sensors`).
    """

    @dg.sensor(
        name="evaluate_rules",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Asks for one rule_evaluation run for all business_day partitions materialised since the last tick, and for the"
            " recent business-days that ad_entities loaded."
        ),
    )
    def evaluate_rules(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        after = int(context.cursor) if context.cursor else None
        before = utc_now().timestamp() - settle_seconds
        found = {
            name: context.instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=dg.AssetKey(name), after_storage_id=after, before_timestamp=before),
                limit=EVENTS_A_TICK,
                ascending=True,
            ).records
            for name in ("business_day", "ad_entities")
        }
        if not any(found.values()):
            return dg.SkipReason("No business_day was materialised and no ad entity loaded since the last evaluation.")
        last = _last_to_read(found.values())
        context.update_cursor(str(last))
        fetched = {each.partition_key for each in found["business_day"] if each.partition_key and each.storage_id <= last}
        imported = {key for each in found["ad_entities"] if each.storage_id <= last for key in _to_evaluate(each)}
        if not fetched | imported:
            return dg.SkipReason("The loaded files tell of no recent business-day.")
        keys = sorted(fetched | imported)
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


def _last_to_read(found: Iterable[Sequence[dg.EventLogRecord]]) -> int:
    """The storage id up to which all is read: where a look was full, there may be more behind its last event."""
    full = [records[-1].storage_id for records in found if len(records) == EVENTS_A_TICK]
    return min(full) if full else max(records[-1].storage_id for records in found if records)


def _to_evaluate(record: dg.EventLogRecord) -> list[str]:
    """The business-days that a load of ad entities told of and that are recent, as it noted them."""
    told = record.asset_materialization.metadata.get("to_evaluate") if record.asset_materialization else None
    return [str(key) for key in told.value] if told is not None and isinstance(told.value, list) else []
