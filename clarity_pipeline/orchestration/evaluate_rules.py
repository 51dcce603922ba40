"""The sensor `evaluate_rules`: one run for all business-days that changed, once the syncs are idle.

What waits is in the state database (`calls.to_judge`), written with each change and taken away by the run that has judged it:
a run that is cancelled, fails or is killed is asked for again. During a night or a backfill a run every half minute would take
the slots of the syncs, each with a whole publish (7 in 4 minutes): the sensor waits for a quiet minute.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

import dagster as dg

from clarity_pipeline.calls.to_judge import waiting
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.partitions import partition_key
from clarity_pipeline.orchestration.unexported import AssetJob
from clarity_pipeline.orchestration.unfinished import BUSINESS_TAG, unfinished
from clarity_pipeline.settings.settings import utc_now

QUIET = timedelta(minutes=1)
"""So long no sync may have run before the rules are asked, and as long lies between two evaluations."""

PATIENCE = timedelta(hours=1)
"""After so long of syncs that follow one another without a quiet minute the rules are asked between them."""

MOST_A_RUN = 2000
"""Business-days of one run; the others go with the next."""

_LONGEST_PAUSE = timedelta(hours=1)
_RUNS_LOOKED_AT = 100
_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


@dataclass(frozen=True, slots=True)
class Memory:
    """The sensor's cursor: when a run was asked for last, and since when the syncs have kept the rules waiting; in seconds."""

    asked_at: float = 0.0
    kept_waiting_since: float | None = None

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Memory":
        """From what an earlier tick left; an earlier release left a number, which says nothing any more."""
        try:
            fields: Any = json.loads(cursor or "{}")
        except ValueError:
            fields = None
        return cls(**fields) if isinstance(fields, dict) else cls()

    def cursor(self) -> str:
        """For the next tick."""
        return json.dumps(asdict(self))


def evaluate_rules_sensor(job: AssetJob, *, quiet: timedelta = QUIET) -> dg.SensorDefinition:
    """One evaluation run for all business-days that were loaded or imported and not judged since."""

    @dg.sensor(
        name="evaluate_rules",
        job=job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Asks for one rule_evaluation run for all business-days that were loaded or imported and not judged since, once no"
            " sync has run for a minute; again where such a run was cancelled, failed or was killed."
        ),
    )
    def evaluate_rules(context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]) -> dg.RunRequest | dg.SkipReason:
        with home.state.read() as facts:
            due = waiting(facts)
        memory, now = Memory.from_cursor(context.cursor), utc_now()
        if not due:
            if memory.kept_waiting_since is not None:
                context.update_cursor(Memory(memory.asked_at).cursor())
            return dg.SkipReason("Every business-day that was loaded or imported is judged.")
        counted = f"{len(due)} business-day{'s'[: len(due) != 1]} to judge"
        if unfinished(context.instance, now=now, job_name=job.name):
            return dg.SkipReason(f"{counted}; a {job.name} run is on its way.")
        if pause := _pause(context.instance, job.name, asked_at=memory.asked_at, now=now, quiet=quiet):
            return dg.SkipReason(f"{counted}; {pause}.")
        if busy := _busy(context.instance, now=now, quiet=quiet):
            since = memory.kept_waiting_since or now.timestamp()
            if now.timestamp() - since < PATIENCE.total_seconds():
                context.update_cursor(Memory(memory.asked_at, since).cursor())
                return dg.SkipReason(f"{counted} once the syncs have been idle for a minute; {busy}.")
        context.update_cursor(Memory(now.timestamp()).cursor())
        keys = [str(partition_key(each.business_id, each.date)) for each in due[:MOST_A_RUN]]
        return dg.RunRequest(run_config={"ops": {"clarity_rule_evaluations": {"config": {"business_days": keys}}}})

    return evaluate_rules


def _busy(instance: dg.DagsterInstance, *, now: datetime, quiet: timedelta) -> str | None:
    """Which syncs run, wait or have ended only just."""
    running = sum(BUSINESS_TAG in run.tags for run in unfinished(instance, now=now, limit=_RUNS_LOOKED_AT))
    if running:
        return f"{running}{' or more' if running == _RUNS_LOOKED_AT else ''} run or wait"
    ended = instance.get_runs(dg.RunsFilter(statuses=[*_ENDED], updated_after=now - quiet), limit=_RUNS_LOOKED_AT)
    return "one ended just now" if any(BUSINESS_TAG in run.tags for run in ended) else None


def _pause(instance: dg.DagsterInstance, job_name: str, *, asked_at: float, now: datetime, quiet: timedelta) -> str | None:
    """Why no run is asked for yet: one was a moment ago, or the last ones failed, twice as long after each."""
    since = now - datetime.fromtimestamp(asked_at, UTC)
    if since < quiet:
        return "a run was asked for less than a minute ago"
    last = instance.get_runs(dg.RunsFilter(job_name=job_name), limit=8)
    failures = len([*takewhile(lambda run: run.status is dg.DagsterRunStatus.FAILURE, last)])
    if failures and since < (pause := min(quiet * 2**failures, _LONGEST_PAUSE)):
        return f"the last {failures} failed, and the next is asked for {int(pause.total_seconds() // 60)} minutes after it"
    return None
