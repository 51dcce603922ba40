"""Forgetting what is old, where settings say how many days are kept: off by default, and a dry run until it is switched on."""

from typing import Any

import dagster as dg

from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.failures import facts_as_failures
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


@dg.job(
    name=RETENTION,
    description="Old answers (CLARITY_VAULT_DAYS) and rows (CLARITY_ROWS_DAYS); a dry run unless CLARITY_RETENTION=on.",
)
def retention_job() -> None:
    forget_old_days()


@dg.schedule(
    name=RETENTION,
    job=retention_job,
    cron_schedule="30 11 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="After the day's work, where a number of days is set; else nothing.",
)
def retention_schedule(home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
    if home.settings.vault_days is None and home.settings.rows_days is None:
        return dg.SkipReason("Everything is kept for ever: neither CLARITY_VAULT_DAYS nor CLARITY_ROWS_DAYS is set.")
    return dg.RunRequest()
