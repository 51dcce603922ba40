"""What is noticed of messages: that one is due. No sensor ever calls Clarity."""

from datetime import timedelta

import dagster as dg

from clarity_pipeline.alerts.outbox.due import due
from clarity_pipeline.day.evaluate import known_channels
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.unexported import AssetJob
from clarity_pipeline.settings.settings import utc_now

JUST_WRITTEN = timedelta(minutes=5)
"""What an evaluation wrote it sends itself, within its patience."""


def deliver_alerts_sensor(job: AssetJob) -> dg.SensorDefinition:
    """One run for what is due of the messages that wait: evaluations alone would try them once a day."""

    @dg.sensor(
        name="deliver_alerts",
        job=job,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for an alert_delivery run when a message is due that could not be delivered before.",
    )
    def deliver_alerts(
        context: dg.SensorEvaluationContext,  # noqa: ARG001 - Dagster's signature
        home: dg.ResourceParam[Home],
    ) -> dg.RunRequest | dg.SkipReason:
        found = due(home.state, now=utc_now(), written_before=home.clock() - JUST_WRITTEN, channels=known_channels(home))
        if found is None:
            return dg.SkipReason("No message is due.")
        message_id, attempts = found
        return dg.RunRequest(
            run_key=f"{message_id[:16]} {attempts} {utc_now():%Y-%m-%dT%H}"
        )  # again after an hour, should it have been lost

    return deliver_alerts
