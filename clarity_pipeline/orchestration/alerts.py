"""From fresh aggregates to messages, and to the copy that analysts open: what the job `rule_evaluation` runs.

One run serves all business-days that changed, so that 300 syncs at midnight are a handful of evaluations and published files.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from clarity_pipeline.alerts.outbox.channel_health import healths
from clarity_pipeline.alerts.people import People
from clarity_pipeline.day.evaluate import deliver_messages, evaluate_business_days
from clarity_pipeline.day.publish import publish_warehouse
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.day.unexpected import Step, unexpected_told
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.checks import say
from clarity_pipeline.orchestration.failures import facts_as_failures
from clarity_pipeline.orchestration.raw import OWNERS
from clarity_pipeline.orchestration.yesterday import HAVE_YESTERDAY, HAVE_YESTERDAY_MEANS, who_has_yesterday
from clarity_pipeline.warehouse.findings import EVERYBODY, forget_failed_steps
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.regime import count_events
from clarity_pipeline.warehouse.transaction import transaction

GROUP = "alerts"
EVALUATIONS = dg.AssetKey("clarity_rule_evaluations")


class BusinessDays(dg.Config):
    """Which business-days to evaluate, as `business|date`; empty means yesterday for everybody whom rules are asked about."""

    business_days: list[str] = []


@dg.asset(
    deps=["business_day", "host_day"],
    group_name=GROUP,
    kinds={"duckdb"},
    owners=OWNERS,
    description=(
        "Stretches of days in which a business's numbers cannot be compared with those before: consent that does not reach"
        " Clarity, a tag that is gone, a wave of bots, another host, the first day of a connection. Whence: the days of a"
        " business in business_day and host_day. When: before each evaluation, of the businesses whose days changed since; while"
        " one lasts, what rules ask of that business's numbers from Clarity is unknown, and the rest of them counts."
    ),
)
def clarity_regime_events(home: dg.ResourceParam[Home]) -> dg.MaterializeResult:
    with (
        facts_as_failures(what="regime events"),
        unexpected_told(home, Step("regimes")),
        home.warehouse.connect(what="telling regime events") as connection,
    ):
        told = tell_regimes(connection, home.connections.all(), audit=home.audit)
        events = count_events(connection)
        with transaction(connection):
            forget_failed_steps(connection, business_id=EVERYBODY, slice_name="regimes")
    return dg.MaterializeResult(
        metadata={"dagster/row_count": events, "dagster/table_name": "clarity_regime_events", "businesses_told_anew": told}
    )


@dg.multi_asset(
    name=EVALUATIONS.path[-1],
    specs=[
        dg.AssetSpec(
            EVALUATIONS,
            deps=["business_day", "url_day", "site_day", "ad_entities", clarity_regime_events],
            group_name=GROUP,
            kinds={"yaml"},
            owners=OWNERS,
            description=(
                "Every rule's verdict (fired, not, unknown) on each business, page or ad entity and date, with the values it saw,"
                " and the incidents folded from them. Whence: business_day, url_day, site_day, ad_entities, experiment_quality"
                " and the change markers. When: after each sync, by the sensor evaluate_rules, with the dates behind a date that"
                " came late; and at 10:00 UTC for whoever has no data at all. Running a day twice creates nothing twice."
            ),
        )
    ],
    check_specs=[dg.AssetCheckSpec(HAVE_YESTERDAY, asset=EVALUATIONS, description=HAVE_YESTERDAY_MEANS)],
    can_subset=True,  # without its check, which is said and planned by no run of ours
)
def clarity_rule_evaluations(
    context: dg.AssetExecutionContext, config: BusinessDays, home: dg.ResourceParam[Home]
) -> Iterator[dg.MaterializeResult]:
    if EVALUATIONS in context.selected_asset_keys:  # else somebody asked for the check alone
        yield _evaluated(context, home, config.business_days)
    with facts_as_failures(what="who has yesterday"), unexpected_told(home, Step("rules")):
        found = who_has_yesterday(home)
    say(context, [found], about=EVALUATIONS)


def _evaluated(context: dg.AssetExecutionContext, home: Home, business_days: Sequence[str]) -> dg.MaterializeResult:
    with facts_as_failures(what="rule evaluation"), unexpected_told(home, Step("rules")):
        asked = [_business_day(text) for text in business_days] or None
        evaluated = evaluate_business_days(home, asked)
    context.log.info(str(evaluated))
    recorded = evaluated.recorded
    return dg.MaterializeResult(
        asset_key=EVALUATIONS,
        metadata={
            "said": str(evaluated),
            "rules": len(evaluated.rules),
            "business_days": evaluated.business_days,
            "fired": recorded.fired,
            "not_fired": recorded.not_fired,
            "unknown": recorded.unknown,
            "muted": evaluated.muted,
            "opened": recorded.opened,
            "resolved": recorded.resolved,
            "messages": recorded.messages,
        },
    )


@dg.asset(
    deps=[clarity_rule_evaluations],
    group_name=GROUP,
    kinds={"webhook"},
    owners=OWNERS,
    description=(
        "Messages about opened and resolved incidents, delivered at least once with a stable id to the log, to the channels that"
        " `clarity-pipeline channels list` shows and, when CLARITY_ALERT_WEBHOOK_URL is set, to that webhook. Whence:"
        " clarity_outbox. When: right after each evaluation, and by the sensor deliver_alerts for what could not be."
    ),
)
def clarity_alerts(context: dg.AssetExecutionContext, home: dg.ResourceParam[Home]) -> dg.MaterializeResult:
    with facts_as_failures(what="alert delivery"), unexpected_told(home, Step("messages")):
        delivered = deliver_messages(home)
    silences = len(People(home.state, clock=home.clock).silences())
    said = (
        f"{delivered.sent} messages sent, {delivered.failed} wait for another try, {delivered.dead} were given up;"
        f" {silences} silences hold"
    )
    for health in healths(home.state).values():
        if health.refused_at is not None:
            context.log.error(health.sentence())
    (context.log.warning if delivered.failed or delivered.dead else context.log.info)(said)
    counts = {"sent": delivered.sent, "failed": delivered.failed, "dead": delivered.dead, "silences": silences}
    return dg.MaterializeResult(metadata={"said": said, **counts})


@dg.asset(
    deps=list(MARTS),
    group_name="published",
    kinds={"duckdb"},
    owners=OWNERS,
    description=(
        "The file that analysts open, published/clarity.duckdb: what has changed is put into the file before, which takes its"
        " place by one rename, with sync jobs, alerts and evaluations beside the metrics. When: after each evaluation, whatever"
        " became of it."
    ),
    op_tags={"dagster/priority": "-1"},  # last, and yet no rule or receiver that fails can withhold the data
)
def publish(home: dg.ResourceParam[Home]) -> dg.MaterializeResult:
    with facts_as_failures(what="publishing"), unexpected_told(home, Step("publishing")):
        published = publish_warehouse(home)
    return dg.MaterializeResult(
        metadata={
            "said": published.said,
            "way": published.way,
            "rows_written": published.rows,
            "dates_changed": len(published.dates) if published.dates is not None else "all",
            "size_bytes": published.size_bytes,
            "seconds": round(published.seconds, 3),
            "path": str(published.path),
        }
    )


def _business_day(text: str) -> tuple[str, date]:
    business_id, _, day = text.partition("|")
    return business_id, date.fromisoformat(day)
