"""The job `fetch_ahead`: the night's calls, many at once, a minute before the runs whose answers they bring.

An op and no asset: it reports nothing for anybody. Each lane is materialised, or fails, by its own step in the run of its own
partition, which finds the answer or fetches it by itself where this job has not come to it, failed or was killed.
"""

from datetime import UTC, datetime
from time import monotonic

import dagster as dg

from clarity_pipeline.calls.ahead import Progress, fetching_ahead, lanes_ahead
from clarity_pipeline.connections.grid import grid_starts_on
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.failures import facts_as_failures

FETCH_AHEAD = "fetch_ahead"

_SAID_EACH_SECONDS = 10.0
_TAGS = {
    "dagster/priority": "10",  # before the runs that it is ahead of, whatever is in the queue
    "dagster/max_runtime": "21600",  # while Clarity is down each lane takes its 38 s, until nothing can be fetched any more
}


class Night(dg.Config):
    """`since` is when the night began, an ISO instant: what was tried since then is not tried again. By default now."""

    since: str | None = None


@dg.op(
    required_resource_keys={"home"},
    description="Make the calls that the day's plan wants, many at once and one a project; answers are kept unread.",
)
def make_calls_ahead(context: dg.OpExecutionContext, config: Night) -> None:
    home: Home = context.resources.home
    began = monotonic()
    with facts_as_failures(what="the night's calls"):
        since = datetime.fromisoformat(config.since).astimezone(UTC) if config.since else home.clock()
        business_ids = [each.business_id for each in home.connections.enabled()]
        lanes = lanes_ahead(plan_today(home), business_ids, first=grid_starts_on(home.settings, home.state))
        with fetching_ahead(home.capture, lanes, since=since, run_id=context.run_id) as ahead:
            while (progress := ahead.wait(_SAID_EACH_SECONDS)).through < progress.businesses:
                context.log.info(_said(progress))
    seconds = round(monotonic() - began, 1)
    context.log.info(f"{_said(progress)} in {seconds} s")
    context.add_output_metadata(
        {
            "businesses": progress.businesses,
            "answers": progress.fetched,
            "refused": progress.refused,
            "left_to_their_steps": progress.left,
            "seconds": seconds,
        }
    )
    if progress.unexpected:
        raise dg.Failure(
            description=f"The night's calls met {', '.join(progress.unexpected)}, which nobody had thought of. What they did not"
            " bring is fetched by the lanes' own steps, which show it.",
            metadata={"reason": "unexpected"},
            allow_retries=False,
        )


@dg.job(
    name=FETCH_AHEAD,
    tags=_TAGS,
    description="Answers of the night into the vault, many at once; the assets clarity_raw/... find them there and say so.",
)
def fetch_ahead_job() -> None:
    make_calls_ahead()


@dg.schedule(
    name=FETCH_AHEAD,
    job=fetch_ahead_job,
    cron_schedule="4 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="A minute before daily_sync: the night's calls, many at once. Without it each run makes its own.",
)
def fetch_ahead_schedule(context: dg.ScheduleEvaluationContext, home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
    if not home.connections.enabled():
        return dg.SkipReason("No business is enabled; connect one with `clarity-pipeline connect`.")
    since = context.scheduled_execution_time.astimezone(UTC).isoformat()
    return dg.RunRequest(run_key=since, run_config={"ops": {make_calls_ahead.name: {"config": {"since": since}}}})


def _said(progress: Progress) -> str:
    return (
        f"{progress.through} of {progress.businesses} businesses are fetched: {progress.fetched} answers,"
        f" {progress.refused} refused, {progress.left} left to their steps"
    )
