"""The message that tells of a run that failed: which, why, what to do, and where to look. Pure.

It has the shape of an alert, so that every kind of channel shows it; its `type` is `clarity.run.failed`. It is the agency's alone
and holds the pipeline's own words: never the text of an error that nobody had thought of, which may quote a visitor.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from clarity_pipeline.rules.language.rule import Severity

RUN_FAILED = "run_failed"


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that failed; `failure` is the same for each try that fails again of the same, `link` leads to the run."""

    failure: str
    job: str
    business_id: str | None
    sentence: str
    severity: Severity
    run_id: str
    link: str


def run_news(failed: FailedRun, *, to: str, written_at: datetime) -> dict[str, Any]:
    """The row of the outbox, whose id is the same for the same failure."""
    document = {
        "id": message_id(failed, to=to),
        "type": "clarity.run.failed",
        "timestamp": written_at.isoformat(),
        "data": {
            "business": failed.business_id,
            "business_name": failed.business_id or "clarity_pipeline",
            "rule": RUN_FAILED,
            "rule_name": f"the job {failed.job} failed",
            "severity": failed.severity,
            "state": "firing",
            "summary": f"{failed.sentence} The run is {failed.link}",
            "link": failed.link,
            "facts": [["Job", failed.job], ["Run", failed.run_id]],
        },
    }
    return {
        "message_id": document["id"],
        "alert_id": "",
        "transition": RUN_FAILED,
        "channel": to,
        "payload": document,
        "state": "pending",
        "attempts": 0,
        "due_at": written_at,
        "created_at": written_at,
    }


def message_id(failed: FailedRun, *, to: str) -> str:
    """Of the failure and the channel."""
    return sha256("\n".join((RUN_FAILED, failed.failure, to)).encode()).hexdigest()
