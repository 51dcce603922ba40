"""One attempt at a lane, from the job that opens it to the job's last word, whatever happens between. For `capture`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clarity_pipeline.calls.one_call import Receipt
from clarity_pipeline.calls.refused import parser_of
from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.calls.sync_jobs import RECOVERED, SyncJobs
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.vault.lane_answer import LaneAnswer


@dataclass(slots=True)
class Attempt:
    """What it has cost, what tells the lane in the end, and whether that lay in the vault before."""

    job_id: int
    receipt: Receipt
    by: LaneAnswer | None = None
    reused: bool = False


@contextmanager
def attempt(jobs: SyncJobs, job_id: int) -> Iterator[Attempt]:
    """Write the job's row when the block ends, or is left by an error, which goes on."""
    found = Attempt(job_id, Receipt(job_id=job_id))
    try:
        yield found
    except ClarityPipelineError as error:
        close(jobs, found, error=error)
        raise
    except Exception as error:
        detail = f"it ended with {type(error).__name__}, which nobody had thought of; please report it"
        jobs.finish(job_id, state="failed", reason="unexpected", detail=detail, calls=found.receipt.calls)
        raise
    except BaseException:
        jobs.finish(job_id, state="failed", reason="interrupted", calls=found.receipt.calls)
        raise
    close(jobs, found)


def close(jobs: SyncJobs, found: Attempt, *, error: ClarityPipelineError | None = None) -> None:
    """Write how it ended; a lane that cost no call because nobody may call for it now is skipped, not failed."""
    receipt, kept = found.receipt, found.by
    reason: str | None
    if error is not None:
        kept = LaneAnswer(receipt.stored.date, receipt.stored) if receipt.stored else None
        reason = error.because if isinstance(error, LaneSkipped) else error.reason
    else:
        reason = RECOVERED if kept and kept.shorter else "already_in_vault" if found.reused else None
    refused = isinstance(error, QuotaSpent) and receipt.calls == 0
    jobs.finish(
        found.job_id,
        state="ok" if error is None else "skipped" if refused or isinstance(error, LaneSkipped) else "failed",
        reason=reason,
        detail=str(error) if error else None,
        http_status=receipt.http_status,
        calls=receipt.calls,
        window=kept.window if kept else None,
        answer_sha256=kept.stored.sha256 if kept else None,
        parser_version=parser_of(error) if kept else None,
    )
