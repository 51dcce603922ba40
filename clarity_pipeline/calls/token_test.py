"""A person's test of a token, with what it costs said before and after: behind `test`, the panel's button and the portal's.

It spends one of the day's ten calls through `capture` and is not wasted: the answer is kept, and in the fetchable hours it is the
first lane of the daily run. Whatever comes of it is noted in the audit log. It never stores a token and never enables anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clarity_pipeline.calls.capture import TEST_SLICE, Capture, Captured, TestPurpose
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY
from clarity_pipeline.clarity.errors import AnswerMalformed, Unavailable
from clarity_pipeline.clarity.fetchable import covers_enough
from clarity_pipeline.clarity.window import window
from clarity_pipeline.connections.audit import PIPELINE, Actor
from clarity_pipeline.connections.site import Site
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.normalize.hosts import hosts_of, named
from clarity_pipeline.vault.lane_answer import lane_answers


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a test would find: calls left of the ten, and how many of them this person may take for tests (one each)."""

    calls_left: int
    tests_free: int

    @property
    def sentence(self) -> str:
        """What to read before asking for it."""
        left = f"{self.calls_left} of today's {CALLS_A_DAY} calls are left"
        if self.tests_free == 0:
            return f"{left}, none of them for a test; the next ones come at 00:00 UTC."
        return f"{left}, {self.tests_free} of them for tests; this takes one."


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of a test; `error` is what stood in the way. A malformed answer still proves that Clarity accepts the token.

    `hosts` are the sessions that its answer saw by host, the busiest first; `site` is that of the business, None while unknown.
    """

    business_id: str
    at: datetime
    accepted: bool
    rows: int | None
    calls_taken: int
    before: Allowance
    after: Allowance
    saves_a_call: bool
    error: ClarityPipelineError | None
    hosts: Mapping[str, int] = field(default_factory=dict)
    site: Site | None = None

    @property
    def is_of_other_site(self) -> bool:
        """Whether the answer has (nearly) no visit on the business's site: it would be held back."""
        return self.site is not None and self.site.is_other(self.hosts)

    @property
    def seen(self) -> str:
        """Where the visits were, and what is odd about that; empty when nobody came."""
        if not self.hosts:
            return ""
        where = named(self.hosts) if len(self.hosts) > 1 else next(iter(self.hosts))
        words = f"It saw {sum(self.hosts.values()):,} sessions on {where}."
        if self.is_of_other_site:
            share = self.site.share_of(self.hosts) if self.site else None
            few = f"Only {share:.1%} of them are" if share else "None of them is"
            words += f" {few} on {self.site}, the site of {self.business_id}: is the token of another project?"
        elif self.site is None:
            words += " No site is known yet to compare with."
        return words

    @property
    def reason(self) -> str | None:
        """The stable code of the error."""
        return self.error.reason if self.error else None

    @property
    def cost(self) -> str:
        """What it took and what it left."""
        left = f"{self.after.calls_left} are left until 00:00 UTC"
        taken = f"This took {self.calls_taken} of the day's {CALLS_A_DAY} calls" if self.calls_taken else "This took no call"
        return f"{taken}; {left}."

    def document(self) -> dict[str, object]:
        """For programs: `test --json`, and the panel's API."""
        return {
            "business": self.business_id,
            "at": self.at,
            "accepted": self.accepted,
            "reason": self.reason,
            "rows": self.rows,
            "calls_taken": self.calls_taken,
            "calls_left_before": self.before.calls_left,
            "calls_left_after": self.after.calls_left,
            "tests_free_after": self.after.tests_free,
            "saves_a_call": self.saves_a_call,
            "hosts": [{"host": host, "sessions": sessions} for host, sessions in self.hosts.items()],
            "is_of_other_site": self.is_of_other_site,
        }


def allowance(capture: Capture, business_id: str, *, purpose: TestPurpose = "test") -> Allowance:
    """What is left today; nothing for a business without a token. `UnknownBusiness` when there is none of that slug."""
    quota_key = capture.connections.get(business_id).quota_key
    if quota_key is None:
        return Allowance(0, 0)
    free = capture.quota.free_today(quota_key, purpose=purpose, slice_name=TEST_SLICE.name)
    return Allowance(capture.quota.left_today(quota_key), free)


def verify_token(capture: Capture, business_id: str, *, purpose: TestPurpose = "test", actor: Actor = PIPELINE) -> Verification:
    """Make the call and say what came of it; what stood in the way is in `Verification.error` and not raised.

    `UnknownBusiness` is raised, since then there is nobody to say it of.
    """
    before = allowance(capture, business_id, purpose=purpose)
    lane_is_open = _lane_is_open(capture, business_id)
    captured: Captured | None = None
    error: ClarityPipelineError | None = None
    try:
        captured = capture.test(business_id, on_behalf=purpose)
    except ClarityPipelineError as refusal:
        error = refusal
    after = allowance(capture, business_id, purpose=purpose)
    tested = Verification(
        business_id=business_id,
        at=capture.clock(),
        accepted=captured is not None or isinstance(error, AnswerMalformed),
        rows=max(captured.answer.row_counts.values(), default=0) if captured else None,
        calls_taken=_calls_taken(error),
        before=before,
        after=after,
        saves_a_call=lane_is_open and captured is not None,
        error=error,
        hosts=hosts_of(captured.answer) if captured else {},
        site=capture.connections.get(business_id).site,
    )
    capture.connections.note_test(
        business_id,
        actor=actor,
        result=tested.reason or "accepted",
        http_status=200 if tested.accepted else getattr(error, "http_status", None),
        calls=tested.calls_taken,
        calls_left=after.calls_left,
    )
    return tested


def _lane_is_open(capture: Capture, business_id: str) -> bool:
    """Whether the daily run would still have to call for the lane that a test fetches."""
    now = capture.clock()
    day = now.date() - timedelta(days=1)
    start, end = window(now, 1)
    is_told = any(lane_answers(capture.vault, business_id=business_id, date=day, slice_name=TEST_SLICE.name))
    return capture.connections.get(business_id).enabled and covers_enough(day, start=start, end=end) and not is_told


def _calls_taken(error: ClarityPipelineError | None) -> int:
    """A call that Clarity answered, or may have seen, is taken; one that was refused beforehand or never left is not."""
    if isinstance(error, Unavailable):
        return int(error.sent)
    return int(error is None or isinstance(error, AnswerMalformed) or getattr(error, "http_status", None) is not None)
