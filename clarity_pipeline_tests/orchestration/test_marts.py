"""Marts as Dagster sums them: one lane's at a time, and those that look at it."""

import dagster as dg

from clarity_pipeline.orchestration.marts import mart_assets
from clarity_pipeline_tests.warehouse.lanes import load, rows_of
from clarity_pipeline_tests.world import DAY, World


def test_what_the_totals_may_lack_follows_when_the_pages_are_summed(world: World) -> None:
    partitions = dg.MultiPartitionsDefinition(
        {"business": dg.StaticPartitionsDefinition(["acme"]), "date": dg.StaticPartitionsDefinition([str(DAY)])}
    )
    with world.home() as home:
        load(home.warehouse, [{"sessions": 10}], day=DAY, slice_name="totals")

        def sum_up(mart: str) -> list[tuple[object, ...]]:
            done = dg.materialize(
                mart_assets(partitions=partitions),
                partition_key=f"acme|{DAY}",
                resources={"home": home},
                selection=[mart],
            )
            assert done.success
            return rows_of(home.warehouse, "select total_time_ms from site_day")

        assert sum_up("site_day") == [(None,)]
        load(home.warehouse, [{"sessions": 15, "total_time_ms": 4000}], day=DAY)
        assert sum_up("business_day") == [(6000,)]
