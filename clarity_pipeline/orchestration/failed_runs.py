"""The sensor `tell_failed_runs`: whoever runs this is told of each run that fails, once, with what to do and where to look.

A run that fails again of the same is the same failure: a retry of a business-day, the dates of one backfill, one night in which
Clarity is down for everybody, an evaluation that is asked for again and again. Once it went well, the next failure is news.
"""

from itertools import takewhile

import dagster as dg

from clarity_pipeline.alerts.messages.run_news import FailedRun
from clarity_pipeline.alerts.outbox.failed_runs import tell_failed_run
from clarity_pipeline.day.evaluate import implicit_channels
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.unexported import AssetJob
from clarity_pipeline.orchestration.unfinished import BUSINESS_TAG

DATE_TAG = "dagster/partition/date"
BACKFILL_TAG = "dagster/backfill"
WILL_RETRY_TAG = "dagster/will_retry"

OF_EVERYBODY = frozenset({"unavailable", "warehouse_busy", "day_not_fetchable", "died", "unexpected"})
"""Reasons that are no business's own: of one date, or one backfill, they are told once and not by each business."""

_RUNS_LOOKED_AT = 50


def failed_runs_sensor(delivery: AssetJob) -> dg.SensorDefinition:
    """Puts a message into the outbox for each failure, and asks for its delivery."""

    @dg.run_failure_sensor(
        name="tell_failed_runs",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        request_job=delivery,
        description="Tells the agency's channels of each run that failed, once a failure, with its link and what to do.",
    )
    def tell_failed_runs(context: dg.RunFailureSensorContext, home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if run.tags.get(WILL_RETRY_TAG) == "true":
            return dg.SkipReason(f"Run {run.run_id} is tried again by itself.")
        failed = _failed(context, home.settings.dagster_url)
        written = tell_failed_run(home.state, failed, implicit=implicit_channels(home), now=home.clock())
        if not written or run.job_name == delivery.name:
            return dg.SkipReason(f"That {failed.job} fails like this was told already, or nobody hears of it.")
        return dg.RunRequest()

    return tell_failed_runs


def _failed(context: dg.RunFailureSensorContext, url: str) -> FailedRun:
    run = context.dagster_run
    business_id = run.tags.get(BUSINESS_TAG)
    step, reason, sentence = _why(context)
    if business_id is None:
        failure = f"{run.job_name} {step} {reason} since {_first_of_its_kind(context.instance, run)}"
    else:
        when = run.tags.get(BACKFILL_TAG) or run.tags.get(DATE_TAG) or run.run_id
        whose = "everybody" if reason in OF_EVERYBODY else business_id
        failure = f"{run.job_name} {whose} {when} {reason}"
    return FailedRun(
        failure=failure,
        job=run.job_name,
        business_id=business_id,
        sentence=sentence,
        severity="critical" if business_id is None else "warning",
        run_id=run.run_id,
        link=f"{url}/runs/{run.run_id}",
    )


def _why(context: dg.RunFailureSensorContext) -> tuple[str, str, str]:
    """The step that failed first, its reason as a code, and what a person is told, in our own words alone."""
    for event in context.get_step_failure_events():
        failure = event.step_failure_data.user_failure_data
        if failure is not None and failure.description:
            told = failure.metadata.get("reason")
            return event.step_key or "", str(told.value) if told is not None else "failed", failure.description
        error = event.step_failure_data.error
        inner = error.cause if error is not None and error.cause is not None else error
        kind = inner.cls_name if inner is not None and inner.cls_name else "an error"
        sentence = f"The step {event.step_key} ended with {kind}, which nobody had thought of."
        return event.step_key or "", "unexpected", f"{sentence} Open the run, then re-execute from failure."
    return "", "died", "Its process ended before it did. Open the run, then re-execute from failure: no call is made twice."


def _first_of_its_kind(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The run with which the job began to fail: those before it went well, those since have not."""
    past = instance.get_runs(dg.RunsFilter(job_name=run.job_name), limit=_RUNS_LOOKED_AT)
    since = takewhile(lambda each: each.status is not dg.DagsterRunStatus.SUCCESS, past)
    failed = [each.run_id for each in since if each.status is dg.DagsterRunStatus.FAILURE]
    return failed[-1] if failed else run.run_id
