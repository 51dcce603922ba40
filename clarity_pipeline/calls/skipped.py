"""Why a business's lanes are left alone at present: the refusal that `capture` gives before it looks at anything else."""

from clarity_pipeline.connections.business import WITHOUT_CLARITY, Business
from clarity_pipeline.errors import ClarityPipelineError


class LaneSkipped(ClarityPipelineError):
    """Nothing is wrong with the lane: its business is not synced at present (`disabled`, `token_rejected`, `without_clarity`)."""

    def __init__(self, message: str, *, because: str) -> None:
        super().__init__(message)
        self.because = because


def skip(business: Business) -> LaneSkipped:
    """The refusal of a business that is not enabled, ending in what to do."""
    if business.disabled_reason == "token_rejected":
        return LaneSkipped(
            f"Clarity rejected the token of {business.business_id}; reconnect it with a fresh token", because="token_rejected"
        )
    if business.has_imports_alone:
        return LaneSkipped(f"{business.business_id} has no Clarity project, imports only", because=WITHOUT_CLARITY)
    if not business.token_stored:
        return LaneSkipped(f"{business.business_id} is disconnected; `clarity-pipeline connect` it again", because="disabled")
    return LaneSkipped(
        f"{business.business_id} is disabled ({business.disabled_reason}); `enable` it to sync it again", because="disabled"
    )
