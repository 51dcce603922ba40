"""The eight marts: each depends on the one lane that it reads, so that a failed lane blocks nothing else.

Marts of one lane are aggregated in one step: a step costs as much as its sums.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from time import monotonic
from typing import Any

import dagster as dg

from clarity_pipeline.calls.to_judge import JUDGED_SLICES, mark
from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.day.load import is_plain
from clarity_pipeline.day.unexpected import Step, unexpected_told
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.failures import facts_as_failures
from clarity_pipeline.orchestration.metrics import lane_key
from clarity_pipeline.orchestration.partitions import business_day_of
from clarity_pipeline.orchestration.raw import OWNERS
from clarity_pipeline.state.again import again
from clarity_pipeline.warehouse.findings import forget_failed_steps
from clarity_pipeline.warehouse.marts import MARTS, Mart, refresh
from clarity_pipeline.warehouse.transaction import transaction

GROUP = "marts"


def mart_spec(mart: Mart) -> dg.AssetSpec:
    """One mart as Dagster shows it."""
    return dg.AssetSpec(
        mart.name,
        deps=[lane_key(mart.slice_name)],
        group_name=GROUP,
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        description=(
            f"{mart.description} Whence: the {mart.slice_name} rows of clarity_daily_metrics, by sql/marts/{mart.name}.sql."
            " When: right after them."
        ),
    )


def mart_assets(*, partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """All of them, by the lane they read."""
    return [
        _marts_of_a_lane(name, [mart for mart in MARTS.values() if mart.slice_name == name], partitions=partitions)
        for name in SLICES
    ]


def _marts_of_a_lane(slice_name: str, marts: Sequence[Mart], *, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"marts_of_{slice_name}",
        specs=[mart_spec(mart) for mart in marts],
        partitions_def=partitions,
        can_subset=True,
    )
    def rows(context: dg.AssetExecutionContext, home: dg.ResourceParam[Home]) -> Iterator[dg.MaterializeResult]:
        business_id, day = business_day_of(context.partition_key)
        wanted = [mart for mart in marts if dg.AssetKey(mart.name) in context.selected_asset_keys]
        following = [mart for mart in MARTS.values() if mart.looks_at == slice_name]
        names, began = ", ".join(mart.name for mart in wanted), monotonic()
        with (
            facts_as_failures(what=f"{business_id} {day} {names}"),
            _named_in_the_job(home, business_id, day=day, slice_name=slice_name),
            unexpected_told(home, Step("summing up", business_id, day, slice_name)),
            home.warehouse.connect(what=f"summing {business_id} {day}", keep=True) as connection,
        ):
            counts = refresh(
                connection,
                [*wanted, *following],
                business_id=business_id,
                date=day,
                is_plain=is_plain(home, business_id=business_id, date=day, slice_name=slice_name),
            )
            with transaction(connection):
                forget_failed_steps(connection, business_id=business_id, date=day, slice_name=slice_name)
        if any(mart.slice_name in JUDGED_SLICES for mart in wanted):
            with facts_as_failures(what=f"{business_id} {day} {names}"):
                again(lambda: _wait_to_be_judged(home, business_id, day))
        seconds = round(monotonic() - began, 3)
        for mart in wanted:
            facts: dict[str, Any] = {
                "dagster/partition_row_count": counts.get(mart.name, 0),
                "dagster/table_name": mart.name,
                "seconds": seconds,
            }
            yield dg.MaterializeResult(asset_key=mart.name, metadata=facts)

    return rows


def _wait_to_be_judged(home: Home, business_id: str, day: date) -> None:
    with home.state.write() as state:
        mark(state, [(business_id, day)], now=home.clock())


@contextmanager
def _named_in_the_job(home: Home, business_id: str, *, day: date, slice_name: str) -> Iterator[None]:
    """A lane whose marts could not be made is no lane that went well: its job says so, whatever the reason was."""
    try:
        yield
    except ClarityPipelineError as error:
        home.jobs.load_failed(business_id, date=day, slice_name=slice_name, reason=error.reason, detail=str(error))
        raise
