"""When: each business's yesterday soon after midnight UTC, and a late look at whoever has no data at all."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.rooms import Rooms


def daily_sync_schedule(job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """One run an enabled business at 00:05 UTC, when a window of 24 hours covers 99.65 % of yesterday.

    It registers whoever the sensor has not seen yet: one unknown partition fails a tick for all businesses.
    """

    @dg.schedule(
        name="daily_sync",
        job=job,
        cron_schedule="5 0 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="One daily_sync run for each enabled business, for yesterday.",
    )
    def daily_sync(
        context: dg.ScheduleEvaluationContext, rooms: dg.ResourceParam[Rooms]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        businesses = rooms.connections.enabled()
        if not businesses:
            yield dg.SkipReason("No business is enabled; connect one with `clarity-pipeline connect`.")
        register(context.instance, [business.business_id for business in businesses])
        for business in businesses:
            key = partition_key(business.business_id, yesterday)
            yield dg.RunRequest(run_key=str(key), partition_key=key)

    return daily_sync


def late_evaluation_schedule(job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """At 10:00 UTC, long after the last fetchable minute, evaluate yesterday for enabled businesses without an evaluation."""

    @dg.schedule(
        name="late_evaluation",
        job=job,
        cron_schedule="0 10 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Evaluates the enabled businesses that have no data for yesterday, so that missing data is itself seen.",
    )
    def late_evaluation(context: dg.ScheduleEvaluationContext, rooms: dg.ResourceParam[Rooms]) -> dg.RunRequest | dg.SkipReason:
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        missing = [
            business.business_id
            for business in rooms.connections.enabled()
            if not rooms.jobs.is_loaded(business.business_id, date=yesterday, slice_name="url_device")
        ]
        if not missing:
            return dg.SkipReason(f"Every enabled business has its data of {yesterday}.")
        keys = [str(partition_key(business_id, yesterday)) for business_id in missing]
        return dg.RunRequest(run_config={"ops": {"clarity_rule_evaluations": {"config": {"business_days": keys}}}})

    return late_evaluation
