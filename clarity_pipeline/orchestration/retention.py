"""Forgetting what is old: answers and rows where settings say how many days are kept, records of how it went, Dagster's runs.

Answers and rows are what people have, so nothing of them goes by itself: a dry run until it is switched on. How runs and jobs
went and what rules said is kept for so many days, and goes without that switch: what was made stays (`old_runs`, `old_records`).
"""

from typing import Any

import dagster as dg

from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.failures import facts_as_failures
from clarity_pipeline.orchestration.old_runs import forget_old_runs
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.upkeep.old_records import prune_evaluations, prune_jobs
from clarity_pipeline.upkeep.retention import retain

RETENTION = "retention"


@dg.op(required_resource_keys={"home"}, description="Count, or with CLARITY_RETENTION=on remove, answers and rows of old days.")
def forget_old_days(context: dg.OpExecutionContext) -> None:
    home: Home = context.resources.home
    removes = home.settings.retention_removes
    with facts_as_failures(what="retention"):
        pruned = retain(home)
    facts: dict[str, Any] = {"removed": removes}
    for each in pruned:
        done = "removed" if removes else "would remove"
        context.log.info(f"{done} {each.items} items ({each.size_bytes} bytes) of the {each.place} before {each.kept_from}")
        facts |= {f"{each.place}_items": each.items, f"{each.place}_size_bytes": each.size_bytes}
    if pruned and not removes:
        context.log.info("Nothing is removed: this was a dry run. Set CLARITY_RETENTION=on once these numbers are right.")
    context.add_output_metadata(facts)


@dg.op(
    required_resource_keys={"home"},
    description="Remove runs and events older than CLARITY_RUNS_DAYS; what is the newest of its partition stays, with its run.",
)
def forget_runs(context: dg.OpExecutionContext) -> None:
    home: Home = context.resources.home
    if home.settings.runs_days is None:
        context.log.info("Runs and events are kept for ever: CLARITY_RUNS_DAYS=all.")
        return
    gone = forget_old_runs(context.instance, now=home.clock(), days=home.settings.runs_days, forget=True)
    context.log.info(
        f"removed {gone.events} events ({gone.size_bytes} bytes) and {gone.evaluations} evaluations of {gone.looked_at} runs that"
        f" ended before {gone.before:%Y-%m-%d}, and {gone.runs} runs of which nothing else is told"
    )
    context.add_output_metadata(
        {"runs": gone.runs, "events": gone.events, "evaluations": gone.evaluations, "events_size_bytes": gone.size_bytes}
    )


@dg.op(
    required_resource_keys={"home"},
    description="Remove jobs and calls older than CLARITY_JOBS_DAYS, evaluations that did not fire older than"
    " CLARITY_EVALUATIONS_DAYS; never what is open, nor what a replay goes by.",
)
def forget_records(context: dg.OpExecutionContext) -> None:
    home: Home = context.resources.home
    settings = home.settings
    with facts_as_failures(what="retention"):
        gone = []
        if settings.jobs_days is not None:
            gone += prune_jobs(home, days=settings.jobs_days, forget=True)
        if settings.evaluations_days is not None:
            gone += prune_evaluations(home, days=settings.evaluations_days, forget=True)
    for each in gone:
        context.log.info(f"removed {each.items} {each.place} of before {each.kept_from}")
    context.add_output_metadata({each.place: each.items for each in gone})


@dg.job(
    name=RETENTION,
    description=(
        "Old answers (CLARITY_VAULT_DAYS) and rows (CLARITY_ROWS_DAYS), a dry run unless CLARITY_RETENTION=on; Dagster's runs"
        " and events older than CLARITY_RUNS_DAYS, without un-materialising anything; jobs, calls and evaluations older than"
        " CLARITY_JOBS_DAYS and CLARITY_EVALUATIONS_DAYS."
    ),
)
def retention_job() -> None:
    forget_old_days()
    forget_records()
    forget_runs()


@dg.schedule(
    name=RETENTION,
    job=retention_job,
    cron_schedule="30 11 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="After the day's work, where a number of days is set, as it is for runs; else nothing.",
)
def retention_schedule(home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
    settings = home.settings
    if all(days is None for days in (settings.vault_days, settings.rows_days, settings.runs_days, *_records(settings))):
        return dg.SkipReason(
            "Everything is kept for ever: no CLARITY_VAULT_DAYS, no CLARITY_ROWS_DAYS; CLARITY_RUNS_DAYS, CLARITY_JOBS_DAYS and"
            " CLARITY_EVALUATIONS_DAYS are `all`."
        )
    return dg.RunRequest()


def _records(settings: Settings) -> tuple[int | None, int | None]:
    return settings.jobs_days, settings.evaluations_days
