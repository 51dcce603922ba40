"""Dagster's event log on Postgres, as `deploy/dagster.yaml` names it; apart, since one machine needs no Postgres."""

from dagster_postgres import PostgresEventLogStorage

from clarity_pipeline.orchestration.event_log import WithoutPlannedChecks


class PostgresEventLog(WithoutPlannedChecks, PostgresEventLogStorage):
    """Dagster's own, whose checks are those that were evaluated."""
