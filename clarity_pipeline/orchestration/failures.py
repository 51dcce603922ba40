"""From an error of the core to what Dagster shows: one table says what a person should do now.

No failure is ever retried by Dagster (`allow_retries=False`): a retry spends calls, and only `capture` may decide on that.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.errors import ClarityPipelineError

WHAT_TO_DO = {
    "token_rejected": "The business is disabled until then; re-execute from failure after it, which fetches the missing lanes.",
    "disabled": "No call was made. After that, re-execute from failure.",
    "not_opted_in": "No call was made. After that, re-execute from failure.",
    "without_clarity": "There is nothing to fetch; take it out of the selection.",
    "quota_spent": "Nothing to do: the business stays enabled and is tried again on the next UTC day.",
    "unavailable": "Here that is: re-execute from failure.",
    "clock_disagrees": "After that, re-execute from failure, which makes no call for what came.",
    "redirected": "Put that right, then re-execute from failure.",
    "answer_malformed": "Re-executing it makes no call.",
    "implausible_difference": "Stored rows stay as they are; re-executing it makes no call.",
    "day_not_fetchable": "Stored rows stay as they are.",
    "day_not_recoverable": "The daily schedule recovers it then by itself, if calls are free.",
    "secret_unreadable": "Restore the encryption key, or `clarity-pipeline connect` the business again.",
    "vault_locked": "No call was made. After that, re-execute from failure.",
    "other_site": "Nothing of it is in any table; after `accept`, materialise it again, which spends no call.",
    "warehouse_busy": "Close whatever has the working DuckDB file open; analysts open the published copy.",
}


@contextmanager
def facts_as_failures(*, what: str) -> Iterator[None]:
    """Turn an error of the core into a Dagster failure that names `what` (business, date, lane), the fact, and what to do."""
    try:
        yield
    except ClarityPipelineError as error:
        reason = error.because if isinstance(error, LaneSkipped) else error.reason
        failure = dg.Failure(
            description=" ".join(filter(None, (f"{what}: {error}.", WHAT_TO_DO.get(reason)))),
            metadata={"reason": reason},
            allow_retries=False,
        )
    else:
        return
    raise failure
