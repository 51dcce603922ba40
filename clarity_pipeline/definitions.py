"""The front door of Dagster: every asset, check, job, schedule and sensor, in one `Definitions`.

`workspace.yaml` names this module. The environment is read when Dagster calls `defs()`, not at import.
"""

from functools import lru_cache

import dagster as dg

from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.connections.grid import grid_starts_on
from clarity_pipeline.orchestration.alerts import clarity_alerts, clarity_regime_events, clarity_rule_evaluations, publish
from clarity_pipeline.orchestration.catalogue import described
from clarity_pipeline.orchestration.contract import contract_job
from clarity_pipeline.orchestration.evaluate_rules import evaluate_rules_sensor
from clarity_pipeline.orchestration.failed_runs import failed_runs_sensor
from clarity_pipeline.orchestration.fetch_ahead import fetch_ahead_job, fetch_ahead_schedule
from clarity_pipeline.orchestration.grid import grid_job, register_businesses
from clarity_pipeline.orchestration.imports import (
    ad_entities,
    experiment_quality,
    experiments,
    inbox_sensor,
    load_job,
)
from clarity_pipeline.orchestration.jobs import alert_delivery_job, daily_sync_job, rule_evaluation_job
from clarity_pipeline.orchestration.marts import mart_assets
from clarity_pipeline.orchestration.metrics import lane_asset
from clarity_pipeline.orchestration.partitions import business_days
from clarity_pipeline.orchestration.raw import raw_asset
from clarity_pipeline.orchestration.resources import home_resource
from clarity_pipeline.orchestration.retention import retention_job, retention_schedule
from clarity_pipeline.orchestration.schedules import daily_sync_schedule, late_evaluation_schedule
from clarity_pipeline.orchestration.sensors import deliver_alerts_sensor
from clarity_pipeline.orchestration.warm.code_version import CODE_VERSION, code_version
from clarity_pipeline.settings.settings import Settings


def build(settings: Settings | None = None, *, code: str | None = None) -> dg.Definitions:
    """Definitions for `settings`; None reads the environment, now for the grid and again whenever the home is opened.

    `code` is the version of it that is loaded here, for the launcher of runs.
    """
    now = settings or Settings.from_env()
    days = business_days(grid_starts_on(now))
    sync, evaluation, delivery = daily_sync_job(), rule_evaluation_job(), alert_delivery_job()
    load_entities, load_experiments = load_job(ad_entities), load_job(experiments, experiment_quality)
    return dg.Definitions(
        assets=described(
            [
                *(raw_asset(asked, partitions=days) for asked in SLICES.values()),
                *(lane_asset(asked, partitions=days) for asked in SLICES.values()),
                *mart_assets(partitions=days),
                ad_entities,
                experiments,
                experiment_quality,
                clarity_regime_events,
                clarity_rule_evaluations,
                clarity_alerts,
                publish,
            ],
            now,
        ),
        jobs=[
            sync,
            evaluation,
            delivery,
            load_entities,
            load_experiments,
            retention_job,
            contract_job,
            grid_job,
            fetch_ahead_job,
        ],
        schedules=[fetch_ahead_schedule, daily_sync_schedule(sync), late_evaluation_schedule(evaluation), retention_schedule],
        sensors=[
            register_businesses,
            evaluate_rules_sensor(evaluation),
            deliver_alerts_sensor(delivery),
            failed_runs_sensor(delivery),
            inbox_sensor(load_entities, kind="entities", op="ad_entities"),
            inbox_sensor(load_experiments, kind="experiments", op="experiments"),
        ],
        resources={"home": home_resource(settings)},
        executor=dg.in_process_executor,  # a process a step costs 15 s a run (measured)
        metadata=None if code is None else {CODE_VERSION: code},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `workspace.yaml` loads."""
    return _built(Settings.from_env(), code_version())


@lru_cache(maxsize=1)
def _built(_settings: Settings, code: str) -> dg.Definitions:
    """Dagster asks twice a run; a forked worker finds what its fork server has built."""
    return build(code=code)
