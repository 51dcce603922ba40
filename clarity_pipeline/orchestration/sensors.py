"""What is noticed: new businesses, and business-days with fresh aggregates. No sensor ever calls Clarity."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from clarity_pipeline.orchestration.partitions import BUSINESS
from clarity_pipeline.rooms import Rooms

EVENTS_A_TICK = 500


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Adds each connected business to the partition grid; never removes one, since its history stays.",
)
def register_businesses(context: dg.SensorEvaluationContext, rooms: dg.ResourceParam[Rooms]) -> dg.SensorResult | dg.SkipReason:
    known = set(context.instance.get_dynamic_partitions(BUSINESS))
    new = [business.business_id for business in rooms.connections.all() if business.business_id not in known]
    if not new:
        return dg.SkipReason(f"All {len(known)} connected businesses are in the grid.")
    return dg.SensorResult(dynamic_partitions_requests=[dg.AddDynamicPartitionsRequest(BUSINESS, new)])


def evaluate_rules_sensor(job: UnresolvedAssetJobDefinition) -> dg.SensorDefinition:
    """One evaluation run for all business-days that were aggregated since the last tick.

    A storage-id cursor, because `@asset_sensor` delivers only the last of several events (measured, `anchors.md` section 0).
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
            dg.AssetRecordsFilter(asset_key=dg.AssetKey("business_day"), after_storage_id=after),
            limit=EVENTS_A_TICK,
            ascending=True,
        ).records
        if not found:
            return dg.SkipReason("No business_day was materialised since the last evaluation.")
        context.update_cursor(str(found[-1].storage_id))
        keys = sorted({record.partition_key for record in found if record.partition_key})
        return dg.RunRequest(run_config={"ops": {"clarity_rule_evaluations": {"config": {"business_days": keys}}}})

    return evaluate_rules
