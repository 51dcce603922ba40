"""When: each business's yesterday and its lost lanes soon after midnight UTC, and a late look at whoever has no data at all."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import dagster as dg

from clarity_pipeline.connections.grid import grid_starts_on
from clarity_pipeline.day.plan import give_up, plan_today
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.jobs import assets_of, wanted_of
from clarity_pipeline.orchestration.lost_lanes import to_recover
from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.orchestration.unexported import AssetJob
from clarity_pipeline.rules.judging.business_days import evaluated_businesses


def daily_sync_schedule(job: AssetJob) -> dg.ScheduleDefinition:
    """One run an enabled business at 00:05 UTC, when a window of 24 hours covers 99.65 % of yesterday.

    Directly behind it come the runs that recover its lost lanes of older dates: runs of one business follow one another, so the
    answers of the first are minutes old at most. It registers whoever the sensor has not seen yet: one unknown partition fails a
    tick for all businesses.
    """

    @dg.schedule(
        name="daily_sync",
        job=job,
        cron_schedule="5 0 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="One daily_sync run for each enabled business, for yesterday, and one for each older date with lost lanes.",
    )
    def daily_sync(
        context: dg.ScheduleEvaluationContext, home: dg.ResourceParam[Home]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        businesses = home.connections.enabled()
        if not businesses:
            yield dg.SkipReason("No business is enabled; connect one with `clarity-pipeline connect`.")
        business_ids = [business.business_id for business in businesses]
        register(context.instance, business_ids)
        recoveries = _recoveries(home, business_ids) if yesterday == home.yesterday() else {}
        for business in businesses:
            key = partition_key(business.business_id, yesterday)
            yield _request(str(key), key, wanted_of(business))
            for day, slices in recoveries.get(business.business_id, ()):
                lost = partition_key(business.business_id, day)
                yield _request(f"{lost}, recovered after {yesterday}", lost, slices)

    return daily_sync


def _request(run_key: str, key: dg.MultiPartitionKey, slices: Sequence[str]) -> dg.RunRequest:
    """A run of these lanes, without planned checks: each lane that is loaded says them."""
    return dg.RunRequest(run_key=run_key, partition_key=key, asset_selection=assets_of(slices), asset_check_keys=[])


def _recoveries(home: Home, business_ids: Sequence[str]) -> dict[str, list[tuple[date, tuple[str, ...]]]]:
    """What the day's plan recovers of each business, the oldest date first; what is lost for good is recorded here, once."""
    plan = plan_today(home)
    give_up(home.jobs, plan, business_ids)
    return to_recover(home, plan, grid_starts=grid_starts_on(home.settings, home.state))


def late_evaluation_schedule(job: AssetJob) -> dg.ScheduleDefinition:
    """At 10:00 UTC, long after the last fetchable minute, evaluate yesterday for whoever has no data of it.

    Also for a business that is disabled because its token was rejected: a rule about the connection has to say so. And for one
    whose sync is off where a rule asks what does not come from Clarity.
    """

    @dg.schedule(
        name="late_evaluation",
        job=job,
        cron_schedule="0 10 * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Evaluates whoever has no data for yesterday: missing data is itself seen, and spend is known without it.",
    )
    def late_evaluation(context: dg.ScheduleEvaluationContext, home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
        yesterday = context.scheduled_execution_time.date() - timedelta(days=1)
        with home.state.read() as facts:
            asked = evaluated_businesses(facts)
        missing = [each for each in asked if not home.jobs.is_loaded(each, date=yesterday, slice_name="url_device")]
        if not missing:
            return dg.SkipReason(f"Every enabled business has its data of {yesterday}.")
        keys = [str(partition_key(business_id, yesterday)) for business_id in missing]
        return dg.RunRequest(run_config={"ops": {"clarity_rule_evaluations": {"config": {"business_days": keys}}}})

    return late_evaluation
