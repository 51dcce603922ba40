"""What became of lanes and steps in one line each, for a person at a terminal. Used by `sync` and `lost_lanes`."""

from collections.abc import Iterable, Iterator
from datetime import date

import dagster as dg

from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.errors import machine_refusal


def shared(lanes: Iterable[SyncJob]) -> Iterator[str]:
    """One line a fact; lanes of a business-day that share one are named together."""
    facts: dict[tuple[str, date, str, str | None, str | None], list[str]] = {}
    for lane in lanes:
        facts.setdefault((lane.business_id, lane.date, lane.state, lane.reason, lane.detail), []).append(lane.slice_name)
    for (business_id, day, state, reason, detail), slices in facts.items():
        yield f"{business_id} {day} {', '.join(slices)} {state} ({reason}): {one_line(detail or 'see `jobs`')}"


def failed_steps(result: dg.JobExecutionResult) -> Iterator[tuple[str, str]]:
    """Each failed step and why; a run that failed outside any step is named too, so that nothing fails silently."""
    named = False
    for event in result.all_events:
        if event.is_step_failure:
            named = True
            error = event.step_failure_data.error
            failure = event.step_failure_data.user_failure_data
            unexpected = (machine_refusal(error.to_string()) or error.cls_name) if error else ""  # never its text
            why = failure.description if failure and failure.description else unexpected
            yield event.step_key or "", why or ""
    if not result.success and not named:
        failures = [event.message or "" for event in result.all_events if event.is_failure]
        yield result.job_def.name, " ".join(failures) or "the run failed; open it in the Dagster UI"


def one_line(text: str) -> str:
    """Without line breaks."""
    return " ".join(text.split())
