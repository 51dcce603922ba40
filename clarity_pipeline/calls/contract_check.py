"""One call that asks a live project about what nobody could tell of Clarity, and a report that can be shared.

Behind the command and the job `contract`. The call is a person's test: it counts, and is noted in the audit log. Its answer is
kept in the vault, where no lane is loaded from it. The report knows no business, and of time the window that the answer is of
(`clarity.unknowns`).
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from clarity_pipeline.calls.capture import Capture
from clarity_pipeline.clarity.dimensions import CONTRACT
from clarity_pipeline.clarity.errors import ClarityError
from clarity_pipeline.clarity.unknowns.examine import examine
from clarity_pipeline.clarity.unknowns.finding import NOT_TOLD, Finding
from clarity_pipeline.connections.audit import PIPELINE, Actor
from clarity_pipeline.errors import ClarityPipelineError

FORMAT = 1
"""Of the JSON document, so that reports of several people can be compared."""


NUM_OF_DAYS = 1


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What the call showed; `error` is what a refusal means, None where Clarity answered.

    `window` are the two UTC instants between which the answer's visits lie, the N x 24 hours before the call and no calendar day;
    None where Clarity refused, since a refusal proves nothing of any.
    """

    http_status: int
    findings: tuple[Finding, ...]
    error: ClarityError | None
    window: tuple[datetime, datetime] | None

    def document(self) -> dict[str, object]:
        """For programs."""
        return {
            "format": FORMAT,
            "http_status": self.http_status,
            "question": {"num_of_days": NUM_OF_DAYS, "dimensions": [each.parameter for each in CONTRACT.dimensions]},
            "window": None if self.window is None else dict(zip(("from", "to"), map(_utc, self.window), strict=True)),
            "findings": [asdict(each) for each in self.findings],
            "not_told_by_one_call": [asdict(each) for each in NOT_TOLD],
        }

    def markdown(self) -> str:
        """For people."""
        lines = ["# What one call says about Clarity's export API", ""]
        lines += [f"Asked for one day by URL, `Country/Region` and device; Clarity answered HTTP {self.http_status}.", ""]
        if self.window is None:
            lines += [f"It proves no window: what was asked for (numOfDays={NUM_OF_DAYS}) was not answered.", ""]
        else:
            first, last = map(_utc, self.window)
            lines += [f"The window it proves: {first} to {last} (UTC, numOfDays={NUM_OF_DAYS}).", ""]
        for each in self.findings:
            says = each.says or "nothing: ask again on another day, or of a project with more traffic"
            lines += [f"## {each.question}", "", f"- seen: {each.seen}", f"- which says: {says}", ""]
        lines += ["# What one call cannot tell", ""]
        for other in NOT_TOLD:
            lines += [f"## {other.question}", "", f"- how to find out: {other.how}", ""]
        lines += ["This report holds no address, project, token or country, and counts only as orders of magnitude.", ""]
        return "\n".join(lines)


def check_contract(capture: Capture, business_id: str, *, actor: Actor = PIPELINE) -> ContractReport:
    """Make the call and read it; raises what refuses it beforehand, and `Unavailable` where there was no reply."""
    try:
        reply, error, stored = capture.contract(business_id)
    except ClarityPipelineError as refusal:
        if refusal.reason != "unknown_business":
            capture.connections.note_test(business_id, actor=actor, result=refusal.reason, calls=int(getattr(refusal, "sent", 0)))
        raise
    capture.connections.note_test(
        business_id, actor=actor, result=error.reason if error else "accepted", http_status=reply.status, calls=1
    )
    window = None if stored is None else (stored.window_start, stored.window_end)
    return ContractReport(reply.status, examine(reply, now=capture.clock()), error, window)


def _utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
