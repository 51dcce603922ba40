"""What is wrong, as data: a code, how bad it is, one sentence, and what to do. Shown by `doctor` and the panel.

The mission's troubleshooting tables are answered with these. No finding holds a token, a key or a visitor's URL.
"""

from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
"""An error stops data or alerts now; a warning will, or makes numbers doubtful; a note is worth knowing and nothing is wrong."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """`business_id` is None for what concerns the installation; `for_client` says whether the client itself may read it.

    One that `is_of_data` is about published numbers (`clarity_findings`) and not about what runs.
    """

    code: str
    severity: Severity
    business_id: str | None
    sentence: str
    what_to_do: str
    for_client: bool = True
    is_of_data: bool = False

    def document(self) -> dict[str, Any]:
        """For programs: `doctor --json`, and the panel's API."""
        return {
            "business": self.business_id,
            "code": self.code,
            "severity": self.severity,
            "sentence": self.sentence,
            "what_to_do": self.what_to_do,
        }


def worst_first(findings: list[Finding]) -> list[Finding]:
    """The installation before its businesses, those by slug, and of each the worst first."""
    return sorted(findings, key=lambda each: (each.business_id or "", SEVERITIES.index(each.severity), each.code))
