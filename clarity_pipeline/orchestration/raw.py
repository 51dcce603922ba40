"""The assets `clarity_raw/<slice>`: one answer of Clarity a business, date and slice, in the vault as it was received.

The only assets that may spend a call. They carry no retry policy: a retry of the asset would spend a call that `capture`
knows nothing of (`max_retries=3` spends four of ten, `docs/design.md#retries`). What makes nothing fails by name, so that
"re-execute from failure" runs the lanes that are missing and no other, one call each; only what nobody asked for passes without
output: the totals of a business that has not opted in, and the scheduled run of one that was switched off since.

A night's calls are made ahead of these steps: then a step finds its answer in the vault, and both `already_in_vault` and
`calls_spent` say so; what was refused ahead is its failure.
"""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import dagster as dg

from clarity_pipeline.calls.capture import Captured
from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.calls.sync_jobs import CLOCK_DISAGREES, REDIRECTED
from clarity_pipeline.clarity.dimensions import SLICES, TOTALS, Slice
from clarity_pipeline.clarity.window import coverage
from clarity_pipeline.connections.business import TOKEN_REJECTED
from clarity_pipeline.day.unexpected import Step, unexpected_told
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.failures import facts_as_failures
from clarity_pipeline.orchestration.partitions import business_day_of
from clarity_pipeline.vault.lane_answer import Told

GROUP = "clarity_raw"
OWNERS = ["team:clarity-pipeline"]
SCHEDULE_TAG = "dagster/schedule_name"
RETRY_TAG = "dagster/retry_number"


_RECOVERY = " A lost date is recovered at the next two midnights out of two longer answers, at one call or two."


class Refetch(dg.Config):
    """Set `refetch: true` to force a new call although the vault has this lane's answer; it counts as an extra."""

    refetch: bool = False


def raw_asset(asked: Slice, *, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset that captures one slice."""

    @dg.asset(
        key=[GROUP, asked.name],
        partitions_def=partitions,
        group_name=GROUP,
        kinds={"clarity", "json"},
        owners=OWNERS,
        description=(
            f"Clarity's answer {asked.told_by} for one business and UTC date, exactly as received, in the vault."
            " Whence: one call of numOfDays=1 to the Data Export API; a second materialisation reads the vault and"
            f" spends none. When: soon after the date's end at 00:00 UTC, until 06:00 UTC.{_RECOVERY if asked.dimensions else ''}"
        ),
        output_required=False,
        op_tags={"dagster/priority": str(len(SLICES) - list(SLICES).index(asked.name))},
    )
    def answer(
        context: dg.AssetExecutionContext, config: Refetch, home: dg.ResourceParam[Home]
    ) -> Iterator[dg.MaterializeResult]:
        business_id, day = business_day_of(context.partition_key)
        began = monotonic()
        with (
            facts_as_failures(what=f"{business_id} {day} {asked.name}"),
            unexpected_told(home, Step("the call", business_id, day, asked.name)),
        ):
            if asked is TOTALS and not home.connections.get(business_id).totals:
                refusal = f"{business_id} has not opted in; `clarity-pipeline update {business_id} --totals` does"
                if _is_asked_for_alone(context):
                    raise LaneSkipped(refusal, because="not_opted_in")
                context.log.info(f"skipped: {refusal}")
                return
            try:
                captured = home.capture.lane(
                    business_id,
                    date=day,
                    asked=asked,
                    refetch=config.refetch,
                    run_id=context.run.run_id,
                    asks_anew=_is_run_again_by_a_person(context),
                )
            except LaneSkipped as skipped:
                if skipped.because in (TOKEN_REJECTED, REDIRECTED, CLOCK_DISAGREES) or _was_asked_by_a_person(context):
                    raise
                context.log.info(f"skipped: {skipped}; the schedule had asked for this run while it was enabled")
                return
        seconds = {"seconds": round(monotonic() - began, 3)}
        yield dg.MaterializeResult(metadata=_metadata(home, captured) | seconds, data_version=answer_version(captured.told))

    return answer


def answer_version(told: Told) -> dg.DataVersion:
    """Of what tells a lane: the digest of its answer, of a pair those of both."""
    return dg.DataVersion(" ".join(each.sha256 for each in told.by.members))


def _is_asked_for_alone(context: dg.AssetExecutionContext) -> bool:
    """Whether somebody chose the totals and none of the other answers: then they were asked for by name."""
    chosen = {key.path[-1] for key in context.run.asset_selection or () if key.path[0] == GROUP}
    return chosen == {TOTALS.name}


def _was_asked_by_a_person(context: dg.AssetExecutionContext) -> bool:
    """Whether a person, a backfill or `sync` asked for this run: the schedule asks for enabled businesses alone."""
    return SCHEDULE_TAG not in context.run.tags or context.run.parent_run_id is not None


def _is_run_again_by_a_person(context: dg.AssetExecutionContext) -> bool:
    """Whether somebody re-executes a run; Dagster itself does so when a run's process has died."""
    return context.run.parent_run_id is not None and RETRY_TAG not in context.run.tags


def _metadata(home: Home, captured: Captured) -> dict[str, Any]:
    """Counts, hashes and windows only: never a URL, a header or a row."""
    by, answer = captured.told.by, captured.answer
    quota_key = home.connections.get(by.stored.business_id).quota_key
    window_start, window_end = by.window
    facts: dict[str, Any] = {
        "dagster/partition_row_count": dg.MetadataValue.int(max(answer.row_counts.values(), default=0)),
        "asked_by": dg.MetadataValue.text(", ".join(answer.asked.dimension_names) or "no dimension"),
        "rows_by_metric": dg.MetadataValue.json(dict(answer.row_counts)),
        "metrics_at_cap": dg.MetadataValue.json(list(answer.capped_metrics)),
        "unknown_names": dg.MetadataValue.json(list(answer.unknown)),
        "calls_spent": dg.MetadataValue.int(captured.calls),
        "already_in_vault": dg.MetadataValue.bool(captured.reused or captured.ahead),
        "window_start": dg.MetadataValue.timestamp(window_start),
        "window_end": dg.MetadataValue.timestamp(window_end),
        "coverage": dg.MetadataValue.float(round(coverage(by.date, window_start, window_end), 4)),
        "size_bytes": dg.MetadataValue.int(sum(each.size_bytes for each in by.members)),
        "sha256": dg.MetadataValue.text(by.stored.sha256),
    }
    if by.shorter is not None:
        facts["recovered"] = dg.MetadataValue.bool(True)
        for side, stored in (("longer", by.stored), ("shorter", by.shorter)):
            facts[f"{side}_num_of_days"] = dg.MetadataValue.int(stored.num_of_days)
            facts[f"{side}_window_start"] = dg.MetadataValue.timestamp(stored.window_start)
            facts[f"{side}_window_end"] = dg.MetadataValue.timestamp(stored.window_end)
            facts[f"{side}_sha256"] = dg.MetadataValue.text(stored.sha256)
    if quota_key is not None:
        facts["calls_left_today"] = dg.MetadataValue.int(home.quota.left_today(quota_key))
    return facts
