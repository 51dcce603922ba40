"""Files that people drop into a folder: the assets that load them, and the sensors that see them and what they told.

A wrong file fails nothing: it is put aside with the reasons, the run says so in its log and metadata, and the others are loaded.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from clarity_pipeline.calls.to_judge import mark
from clarity_pipeline.day.imported import DAYS_EVALUATED
from clarity_pipeline.day.unexpected import Step, unexpected_told
from clarity_pipeline.home import Home
from clarity_pipeline.imports.experiments.judging import judge_experiments
from clarity_pipeline.imports.inbox import DONE, REJECTED, Looks, Taken, take, waiting
from clarity_pipeline.imports.load_files import Kind
from clarity_pipeline.orchestration.failures import facts_as_failures
from clarity_pipeline.orchestration.partitions import partition_key
from clarity_pipeline.orchestration.raw import OWNERS
from clarity_pipeline.orchestration.unexported import AssetJob
from clarity_pipeline.settings.settings import utc_now
from clarity_pipeline.warehouse.experiments import QUALITY, count_flagged
from clarity_pipeline.warehouse.findings import EVERYBODY, forget_failed_steps
from clarity_pipeline.warehouse.transaction import transaction

GROUP = "delivered"

AGAIN_AFTER_SECONDS = 3600
"""The same files are asked for again after so long: a run that died must not leave them lying for ever."""


class Files(dg.Config):
    """Which files of the folder to load, by name; empty means all that lie there."""

    files: list[str] = []


@dg.asset(
    group_name=GROUP,
    kinds={"csv", "duckdb"},
    owners=OWNERS,
    description=(
        "Campaigns, ad sets and ads of each business and date, with their landing pages and numbers (spend, clicks, ...)."
        f" Whence: CSV or Parquet files in CLARITY_HOME/inbox/entities, which then move to {DONE}/ or, with the reasons"
        f" beside them, to {REJECTED}/. When: a minute after a file was dropped. A row with the same key is replaced."
    ),
)
def ad_entities(context: dg.AssetExecutionContext, config: Files, home: dg.ResourceParam[Home]) -> dg.MaterializeResult:
    return _load(context, home, kind="entities", names=config.files, table="ad_entities")


@dg.asset(
    group_name=GROUP,
    kinds={"csv", "duckdb"},
    owners=OWNERS,
    description=(
        "Variants of experiments with their visitors and conversions a date, and the pages or the campaign that tell each apart."
        f" Whence: CSV or Parquet files in CLARITY_HOME/inbox/experiments, which then move to {DONE}/ or {REJECTED}/. When: a"
        " minute after a file was dropped. A row with the same key is replaced."
    ),
)
def experiments(context: dg.AssetExecutionContext, config: Files, home: dg.ResourceParam[Home]) -> dg.MaterializeResult:
    return _load(context, home, kind="experiments", names=config.files, table="experiments")


@dg.asset(
    deps=[experiments, "url_day", "campaign_day"],
    group_name=GROUP,
    kinds={"duckdb"},
    owners=OWNERS,
    description=(
        "Each variant's conversions beside the rage and dead clicks on its pages, against the control; flagged for more of both"
        " beyond chance: people may be pushed, not helped. Whence: experiments, url_day and campaign_day. When: with each load of"
        " experiments and before each evaluation of rules. A variant that is drawn within one page cannot be told by Clarity."
    ),
)
def experiment_quality(home: dg.ResourceParam[Home]) -> dg.MaterializeResult:
    with (
        facts_as_failures(what="experiment quality"),
        unexpected_told(home, Step("experiments")),
        home.warehouse.connect(what="judging experiments") as connection,
        transaction(connection),
    ):
        variants = judge_experiments(connection)
        flagged = count_flagged(connection)
        forget_failed_steps(connection, business_id=EVERYBODY, slice_name="experiments")
    return dg.MaterializeResult(
        metadata={"dagster/table_name": QUALITY, "dagster/row_count": variants, "more_conversions_and_more_frustration": flagged}
    )


def load_job(asset: dg.AssetsDefinition, *also: dg.AssetsDefinition) -> AssetJob:
    """Load what was dropped for one asset, make what follows from it, then publish."""
    return dg.define_asset_job(
        f"load_{asset.key.to_user_string()}",
        selection=dg.AssetSelection.assets(asset, *also, "publish"),
        description="Load the files that were dropped into the folder, put them away, publish the warehouse.",
    )


def inbox_sensor(job: AssetJob, *, kind: Kind, op: str) -> dg.SensorDefinition:
    """One run for all files of a folder that have stood still; the cursor is what the last look saw."""

    @dg.sensor(
        name=f"watch_{kind}",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Asks for a run when files in the folder for {kind} have not changed between two looks.",
    )
    def watch(context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
        folder, now = home.settings.inbox_folder(kind), utc_now().timestamp()
        if folder.is_relative_to(home.settings.home):
            folder.mkdir(parents=True, exist_ok=True)  # so that it is found; a folder elsewhere is its owner's to make
        looks = Looks.from_text(context.cursor).again(folder, now=now)
        context.update_cursor(looks.text())
        names = looks.settled(now=now)
        if not names:
            writing = f"; {len(looks.seen)} may still be written" if looks.seen else ""
            return dg.SkipReason(f"No file waits in {folder}{writing}." if folder.is_dir() else f"There is no folder {folder}.")
        stamps = json.dumps([(name, *looks.seen[name][0]) for name in names])
        key = f"{hashlib.sha256(stamps.encode()).hexdigest()[:16]} {int(now // AGAIN_AFTER_SECONDS)}"
        return dg.RunRequest(run_key=key, run_config={"ops": {op: {"config": {"files": names}}}})

    return watch


def _load(context: dg.AssetExecutionContext, home: Home, *, kind: Kind, names: Sequence[str], table: str) -> dg.MaterializeResult:
    with facts_as_failures(what=f"loading {kind}"):
        taken = take(
            home.warehouse,
            home.settings,
            kind=kind,
            names=names or waiting(home.settings.inbox_folder(kind)),
            businesses=home.connections.all(),
            now=home.clock(),
        )
    for each in taken:
        if each.outcome == "rejected":
            context.log.warning(
                f"{each.name} is wrong and moved to {REJECTED}/: {each.problem_count} problems; {each.problems[0]}"
            )
        elif each.outcome == "left":
            context.log.warning(f"{each.name} stays where it is: it changed while it was read, or cannot be moved")
        for warning in each.warnings:
            context.log.warning(warning)
    days = sorted({business_day for each in taken for business_day in each.business_days})
    recent = [(name, day) for name, day in days if day > home.yesterday() - timedelta(days=DAYS_EVALUATED)]
    if kind == "entities":
        with home.state.write() as state:
            mark(state, recent, now=home.clock())
    return dg.MaterializeResult(
        metadata={
            "dagster/table_name": table,
            "rows": sum(each.rows for each in taken),
            "files": {outcome: _count(taken, outcome) for outcome in ("loaded", "known", "rejected", "left")},
            "businesses": len({name for name, _ in days}),
            "dates": f"{min(day for _, day in days)} to {max(day for _, day in days)}" if days else "none",
            "problems": sum(each.problem_count for each in taken),
            "first_problems": dg.MetadataValue.md("\n".join(f"- {line}" for each in taken for line in each.problems) or "none"),
            "to_evaluate": dg.MetadataValue.json([str(partition_key(name, day)) for name, day in recent]),
        }
    )


def _count(taken: Sequence[Taken], outcome: str) -> int:
    return sum(each.outcome == outcome for each in taken)
