"""The jobs: `daily_sync` for one business-day, `rule_evaluation` for all that changed, `alert_delivery` for what waits."""

from collections.abc import Iterable, Sequence

import dagster as dg

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES
from clarity_pipeline.connections.business import Business
from clarity_pipeline.orchestration.metrics import TABLE
from clarity_pipeline.orchestration.raw import GROUP as RAW
from clarity_pipeline.orchestration.unexported import AssetJob
from clarity_pipeline.warehouse.marts import MARTS

RULE_EVALUATION = "rule_evaluation"
ALERT_DELIVERY = "alert_delivery"
DAILY_SYNC = "daily_sync"


def daily_sync_job() -> AssetJob:
    """Four lanes and the totals, their checks and eight marts of one business and UTC date."""
    return dg.define_asset_job(
        DAILY_SYNC,
        selection=dg.AssetSelection.assets(*assets_of(SLICES)).without_checks(),
        description="Fetch, normalise, load and aggregate one business and UTC date: four or five calls of the day's ten.",
    )


def assets_of(slices: Iterable[str]) -> list[dg.AssetKey]:
    """What a run of `daily_sync` makes for some lanes: answer, rows and marts of each."""
    wanted = set(slices)
    lanes = [dg.AssetKey([room, name]) for name in SLICES for room in (RAW, TABLE) if name in wanted]
    return [*lanes, *(dg.AssetKey(mart.name) for mart in MARTS.values() if mart.slice_name in wanted)]


def wanted_of(business: Business) -> Sequence[str]:
    """The slices of a business's day: the totals only where it has opted in."""
    return tuple(SLICES) if business.totals else tuple(DAILY_SLICES)


def rule_evaluation_job() -> AssetJob:
    """Evaluations, messages and the published copy."""
    return dg.define_asset_job(
        RULE_EVALUATION,
        selection=dg.AssetSelection.assets(
            "clarity_regime_events", "experiment_quality", "clarity_rule_evaluations", "clarity_alerts", "publish"
        ).without_checks(),
        description="Evaluate every rule for the business-days that changed, send what it leads to, publish the warehouse.",
    )


def alert_delivery_job() -> AssetJob:
    """Messages alone."""
    return dg.define_asset_job(
        ALERT_DELIVERY,
        selection=dg.AssetSelection.assets("clarity_alerts"),
        description="Send what is due of the messages that could not be delivered before.",
    )
