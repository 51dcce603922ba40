"""The assets `clarity_daily_metrics/<slice>`: one lane of the table `clarity_daily_metrics` a business and date."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import dagster as dg

from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.window import coverage
from clarity_pipeline.day.load import Loaded, load_lane
from clarity_pipeline.day.unexpected import Step, unexpected_told
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.version import NORMALISER_VERSION
from clarity_pipeline.orchestration.checks import described, lane_check_results, lane_check_specs, say, worth_saying
from clarity_pipeline.orchestration.failures import facts_as_failures
from clarity_pipeline.orchestration.partitions import business_day_of
from clarity_pipeline.orchestration.raw import GROUP as RAW
from clarity_pipeline.orchestration.raw import OWNERS, answer_version

TABLE = "clarity_daily_metrics"


def lane_key(slice_name: str) -> dg.AssetKey:
    """The asset that loads one slice."""
    return dg.AssetKey([TABLE, slice_name])


def lane_asset(asked: Slice, *, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset that normalises and loads one slice."""
    key = lane_key(asked.name)

    @dg.multi_asset(
        name=f"{TABLE}__{asked.name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([RAW, asked.name])],
                group_name=TABLE,
                kinds={"duckdb"},
                owners=OWNERS,
                description=(
                    f"Rows of the table clarity_daily_metrics {asked.told_by}: one row a tuple, canonical URLs,"
                    " business, date and slice replaced in one transaction. Whence: the vault; spends no call. When: right"
                    " after its answer, or at any later time to replay it."
                ),
            )
        ],
        partitions_def=partitions,
        check_specs=lane_check_specs(key, slice_name=asked.name, partitions=partitions),
        can_subset=True,  # the lane without its checks, which are said when it is loaded and planned by no run of ours
    )
    def lane(context: dg.AssetExecutionContext, home: dg.ResourceParam[Home]) -> Iterator[dg.MaterializeResult]:
        business_id, day = business_day_of(context.partition_key)
        began = monotonic()
        with facts_as_failures(what=f"{business_id} {day} {asked.name}"):
            loaded = load_lane(home, business_id=business_id, date=day, asked=asked)
            with unexpected_told(home, Step("checking", business_id, day, asked.name)):
                found = lane_check_results(home, loaded, business_id=business_id, date=day, slice_name=asked.name)
        if key in context.selected_asset_keys:  # else somebody asked for the checks alone
            facts = _metadata(loaded) | {"seconds": round(monotonic() - began, 3)}
            yield dg.MaterializeResult(asset_key=key, metadata=facts, data_version=answer_version(loaded.told))
        say(context, worth_saying(context, found, about=key, again=loaded.again), about=key)

    return lane


def _metadata(loaded: Loaded) -> dict[str, Any]:
    by = loaded.told.by
    window_start, window_end = by.window
    facts: dict[str, Any] = {
        "dagster/partition_row_count": loaded.rows,
        "dagster/table_name": TABLE,
        "window_start": dg.MetadataValue.timestamp(window_start),
        "window_end": dg.MetadataValue.timestamp(window_end),
        "coverage": round(coverage(by.date, window_start, window_end), 4),
        "metrics_at_cap": dg.MetadataValue.json(list(loaded.answer.capped_metrics)),
        "sha256": by.stored.sha256,
        "normaliser_version": NORMALISER_VERSION,
        "findings": dg.MetadataValue.json(described(loaded.findings)),
    }
    if by.shorter is not None:
        facts |= {
            "recovered": True,
            "subtracted_sha256": by.shorter.sha256,
            "tuples_left_out": loaded.left_out,
            "tuples_below_zero": loaded.negative,
        }
    return facts
