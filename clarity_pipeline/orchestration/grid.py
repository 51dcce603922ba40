"""Who stands in the partition grid: a connected business comes, a disconnected one goes, and each change is a run that says so.

Dagster calls a tick that asks for no run skipped, also where it has added sixty businesses; so the sensor looks, and the run does
it. A business that is out of the grid loses nothing: its materialisations stay recorded and show again once it is back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dagster as dg

from clarity_pipeline.connections.business import DISCONNECTED, Business
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.failures import facts_as_failures
from clarity_pipeline.orchestration.partitions import BUSINESS, register, take_out, unregistered
from clarity_pipeline.orchestration.unfinished import BUSINESS_TAG, unfinished
from clarity_pipeline.settings.settings import utc_now

GRID = "business_grid"


@dataclass(frozen=True, slots=True)
class Changes:
    """Who is to come into the grid and who to go; one whose runs have not ended stays until they have."""

    come: Sequence[str]
    go: Sequence[str]

    @classmethod
    def wanted(cls, instance: dg.DagsterInstance, businesses: Sequence[Business]) -> "Changes":
        """How the grid differs from who is connected; who is not known here stays: the state may be another home's."""
        gone = [each.business_id for each in businesses if each.has_imports_alone or each.disabled_reason == DISCONNECTED]
        here = [each.business_id for each in businesses if each.business_id not in gone]
        shown = set(instance.get_dynamic_partitions(BUSINESS))
        go = [each for each in gone if each in shown and not unfinished(instance, now=utc_now(), tags={BUSINESS_TAG: each})]
        return cls(unregistered(instance, here), go)


@dg.op(
    required_resource_keys={"home"},
    tags={"dagster/priority": "10"},
    description="Add businesses that were connected to the grid, take those out that were disconnected.",
)
def change_grid(context: dg.OpExecutionContext) -> None:
    home: Home = context.resources.home
    with facts_as_failures(what="the partition grid"):
        changes = Changes.wanted(context.instance, home.connections.all())
    register(context.instance, changes.come)
    take_out(context.instance, changes.go)
    context.log.info(f"came: {', '.join(changes.come) or 'nobody'}; went: {', '.join(changes.go) or 'nobody'}")
    context.add_output_metadata({"came": list(changes.come), "went": list(changes.go)})


@dg.job(
    name=GRID,
    tags={"dagster/priority": "10"},
    description="Connected businesses come into the partition grid, disconnected ones leave its lists and keep their history.",
)
def grid_job() -> None:
    change_grid()


@dg.sensor(
    job_name=GRID,  # the job itself, with its own resources, makes Dagster warn of a parameter of its own
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Asks for a business_grid run when a business with a Clarity project is not in the partition grid yet, or one was"
        " disconnected and still is."
    ),
)
def register_businesses(context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
    businesses = home.connections.all()
    changes = Changes.wanted(context.instance, businesses)
    if not changes.come and not changes.go:
        shown = sum(not each.has_imports_alone and each.disabled_reason != DISCONNECTED for each in businesses)
        return dg.SkipReason(f"All {shown} connected businesses are in the grid.")
    if unfinished(context.instance, now=utc_now(), job_name=GRID):
        return dg.SkipReason("A business_grid run is on its way.")
    return dg.RunRequest()
