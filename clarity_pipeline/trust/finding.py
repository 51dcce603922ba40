"""What was seen of a lane against what was expected, with a verdict where there is one."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was seen of a lane against what was expected: a row of `clarity_reconciliation`, but for business, date and statement.

    With a verdict, `passed` means that the two are at most `tolerance` apart, in their own unit; without one it is None and
    `reason` says why. `method` says how the expected number was come to, where there are several ways. Offenders are at most
    20 hashes, never a URL.
    """

    slice_name: str
    other_slice: str | None = None
    seen: float | None = None
    expected: float | None = None
    tolerance: float | None = None
    passed: bool | None = None
    reason: str | None = None
    method: str | None = None
    offenders: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """Seen over expected; None where nothing was expected."""
        return None if self.seen is None or not self.expected else self.seen / self.expected

    def judged(self, *, seen: float | None, expected: float | None, tolerance: float) -> "Finding":
        """The same with numbers and the verdict that follows from them."""
        if seen is None or expected is None:
            return replace(self, seen=seen, expected=expected, reason="metric_missing")
        return replace(self, seen=seen, expected=expected, tolerance=tolerance, passed=abs(seen - expected) <= tolerance)
